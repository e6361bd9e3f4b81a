package report

import (
	"strings"
	"testing"

	"fix403/flows/gate"
)

// TestTranscriptOfHostileText: what a server says stays text.
func TestTranscriptOfHostileText(t *testing.T) {
	if got := markdownText("a\x1b[2J<b>\n# c"); got != `a\\u001b\[2J&lt;b> # c` {
		t.Errorf("%q", got)
	}
	var p Page
	p.Add("<li%s>%s</li>", class(true, false), "<script>\x1b[2J'&\"")
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
	for _, c := range []struct {
		stop gate.Refusal
		want string
	}{
		{gate.Refusal{Gate: gate.Role, Status: 403}, `route ok &gt; <strong class="failed">role STOP 403</strong> &gt; object -`},
		{gate.Refusal{Gate: gate.Reach}, `<strong class="failed">reach STOP</strong> &gt; client -`},
		{gate.Refusal{Gate: gate.Object, Status: 404}, `role ok &gt; <strong class="failed">object STOP 404</strong>`},
		{gate.Refusal{Gate: gate.None, Status: 200}, `role ok &gt; object ok`},
	} {
		if got := string(markedGates(c.stop)); !strings.Contains(got, c.want) {
			t.Errorf("%q does not hold %q", got, c.want)
		}
	}
}
