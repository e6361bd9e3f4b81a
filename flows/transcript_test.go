package flows

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
)

func TestTranscriptTellsAStranger(t *testing.T) {
	s, _ := told(t)
	markdown := Markdown(s)
	html := HTML(s)
	for _, want := range []string{
		"It was answered with 403 Forbidden, since the client's service account held no role that allows it.",
		"view-users of realm-management, and the same request was answered with 200 OK",
		"Secrets and tokens are masked", "… (cut here",
	} {
		for name, text := range map[string]string{"markdown": markdown, "html": strings.ReplaceAll(html, "&#39;", "'")} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
	if want := "| Before the grant | 403 Forbidden | none |"; !strings.Contains(markdown, want) {
		t.Errorf("no row %q", want)
	}
	if n := strings.Count(html, "<details open>"); n != 3 {
		t.Errorf("%d exchanges are open, want the three calls", n)
	}
	if n := strings.Count(markdown, "\n~~~~\n") + strings.Count(markdown, "\n~~~~http\n"); n != 2*len(s.Exchanges()) {
		t.Errorf("%d fences around %d exchanges", n, len(s.Exchanges()))
	}
}

func TestTranscriptSaysWhereItStopped(t *testing.T) {
	s := serve(t, "").story()
	mustDo(t, s, StepConnect)
	text := Markdown(s)
	if want := `did not come to its end: the step "Create the realm" was not done.`; !strings.Contains(text, want) {
		t.Errorf("it does not say %q", want)
	}
	if strings.Contains(text, "| the call |") {
		t.Error("there is a table of calls that were not made")
	}
}

// TestHTMLTranscriptStandsAlone: it needs nothing from elsewhere, and each element is closed.
func TestHTMLTranscriptStandsAlone(t *testing.T) {
	s, _ := told(t)
	html := HTML(s)
	if m := regexp.MustCompile(`(?i)<script|\bsrc=|\bhref=|url\(|@import`).FindString(html); m != "" {
		t.Errorf("it asks for something: %s", m)
	}
	d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(strings.ReplaceAll(html, "<details open>", "<details>"), "<!doctype html>")))
	d.Entity = xml.HTMLEntity
	open := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("it is not well formed: %v", err)
		}
		switch token.(type) {
		case xml.StartElement:
			open++
		case xml.EndElement:
			open--
		}
	}
	if open != 0 {
		t.Errorf("%d elements are not closed", open)
	}
}

// TestTranscriptOfHostileText: what a server says stays text.
func TestTranscriptOfHostileText(t *testing.T) {
	if got := markdownText("a\x1b[2J<b>\n# c"); got != `a\\u001b\[2J&lt;b> # c` {
		t.Errorf("%q", got)
	}
	var p htmlPage
	p.add("<li%s>%s</li>", class(true, false), "<script>\x1b[2J'&\"")
	if got, want := p.String(), `<li class="passed">&lt;script&gt;\u001b[2J&#39;&amp;&#34;</li>`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for text, want := range map[string]string{"": "~~~~", "a\n~~~~\n# b": "~~~~~", "~~~~~~~~": "~~~~~~~~~", "~~ ~~ ~~": "~~~~"} {
		if got := fenceAround(text); got != want {
			t.Errorf("%s around %q", got, text)
		}
	}
	for text, want := range map[string]string{"realm": "`realm`", "a`b": "``a`b``", "``": "``` `` ```", "a\nb\u200b": "`a b\\u200b`"} {
		if got := code(text); got != want {
			t.Errorf("%s for %q", got, text)
		}
	}
	for text, want := range map[string]string{
		"view_users _a_": `view_users \_a\_`, "[x](javascript:y)": `\[x\](javascript:y)`, "a | *b* ~~c~~": `a \| \*b\* \~\~c\~\~`, "&lt;b&gt; \\ `c`": "&amp;lt;b&amp;gt; \\\\ \\`c\\`",
	} {
		if got := markdownText(text); got != want {
			t.Errorf("%s for %s, want %s", got, text, want)
		}
	}
	for stop, want := range map[Stop]string{
		{Gate: GateRole, Status: 403}:   `route ok &gt; <strong class="failed">role STOP 403</strong> &gt; object -`,
		{Gate: GateReach}:               `<strong class="failed">reach STOP</strong> &gt; client -`,
		{Gate: GateObject, Status: 404}: `role ok &gt; <strong class="failed">object STOP 404</strong>`,
		{Gate: GateNone, Status: 200}:   `role ok &gt; object ok`,
	} {
		if got := string(markedGates(stop)); !strings.Contains(got, want) {
			t.Errorf("%q does not hold %q", got, want)
		}
	}
}
