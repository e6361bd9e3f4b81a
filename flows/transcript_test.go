package flows

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"fix403/flows/report"
	"fix403/flows/story"
)

func TestTranscriptTellsAStranger(t *testing.T) {
	s, _ := told(t)
	markdown := report.Markdown(nil, s.Snapshot())
	html := report.HTML(nil, s.Snapshot())
	for _, want := range []string{
		"The response was 403 Forbidden, since the client's service account held no role that allows the call.",
		"view-users of realm-management, and the response to the same request was 200 OK",
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
	if n := strings.Count(html, "<details open>"); n != 5 {
		t.Errorf("%d exchanges are open, want the five calls", n)
	}
	if n := strings.Count(markdown, "\n~~~~\n") + strings.Count(markdown, "\n~~~~http\n"); n != 2*len(s.Exchanges()) {
		t.Errorf("%d fences around %d exchanges", n, len(s.Exchanges()))
	}
}

func TestTranscriptSaysWhereItStopped(t *testing.T) {
	s := serve(t, "").story()
	mustDo(t, s, story.StepConnect)
	text := report.Markdown(nil, s.Snapshot())
	if want := `This run did not finish: the step "Create the realm" was not done.`; !strings.Contains(text, want) {
		t.Errorf("it does not say %q", want)
	}
	if strings.Contains(text, "| the call |") {
		t.Error("there is a table of calls that were not made")
	}
}

// TestHTMLTranscriptStandsAlone: it needs nothing from elsewhere, and each element is closed.
func TestHTMLTranscriptStandsAlone(t *testing.T) {
	s, _ := told(t)
	html := report.HTML(nil, s.Snapshot())
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
