package report

import (
	"fmt"
	"html"
	"strings"

	"fix403/flows/gate"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak/foreign"
	"fix403/keycloak/wire"
)

// Markdown is the transcript of a run, with the exchanges and the gates, masked.
func Markdown(printer *texts.Printer, s story.Snapshot) string {
	t := newTranscript(printer, s)
	var b strings.Builder
	add := func(format string, values ...any) { fmt.Fprintf(&b, format+"\n", values...) }
	add("# %s\n\n%s\n\n%s", t.T("From 403 to 200"), markdownText(t.Say(t.Outcome)), markdownText(t.server()))
	add("%s%s", t.T("Realm %s, client %s, user %s.", code(t.State.Params.Realm), code(t.State.Params.ClientID), code(t.State.Params.Username)), t.begun())
	add("%s\n", t.T("Secrets and tokens are masked as %s.", code(wire.Masked)))
	if len(t.Calls) > 0 {
		add("| %s | %s | %s |\n|---|---|---|", t.T("the call"), t.T("answered with"), t.T("roles of realm-management in the token"))
		for _, c := range t.Calls {
			add("| %s | %s | %s |", t.T(c.Label), markdownText(t.Say(gate.StatusName(c.Exchange.Status))), markdownText(t.Say(texts.List(c.Roles))))
		}
		add("")
	}
	for _, step := range t.Steps {
		add("## %s\n\n%s %s\n", t.T(step.Title), markdownText(t.T(step.Goal)), markdownText(t.T(step.Why)))
		for _, line := range t.outcomeOf(step) {
			if line.failed {
				line.label = "**" + line.label + "**"
			}
			add("- %s", line.label+markdownText(line.text))
		}
		for _, c := range step.Calls {
			add("\n**%s**: %s\n\n    %s\n\n%s", t.T(c.Label), markdownText(t.Say(c.answered())), gate.Line(c.Refusal), markdownText(t.Say(c.Refusal.Explanation)))
		}
		if !step.Explained.Empty() {
			add("\n%s", markdownText(t.Say(step.Explained)))
		}
		for _, e := range step.Exchanges {
			// The summary is in a line of HTML, where Markdown's escapes mean nothing.
			wire := t.request(e) + "\n\n" + t.answer(e)
			fence := fenceAround(wire)
			add("\n<details%s><summary>%s</summary>\n\n%shttp", e.open(), html.EscapeString(foreign.Line(t.summary(e))), fence)
			add("%s", wire)
			add("%s\n\n</details>", fence)
		}
		add("")
	}
	add("## %s\n", t.T("What was created"))
	for _, c := range t.State.Created {
		add("- %s %s%s", t.Say(c.Kind.Word()), code(c.Name), t.removedAgain(c))
	}
	if len(t.State.Created) == 0 {
		add("- %s", t.T("nothing"))
	}
	return b.String()
}

// fenceAround is a fence that no line of a text ends.
func fenceAround(s string) string { return strings.Repeat("~", max(4, longestRun(s, '~')+1)) }

// code is a name as code, between more backticks than it has in a row.
func code(s string) string {
	s = foreign.Line(s)
	around := strings.Repeat("`", longestRun(s, '`')+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return around + s + around
}

// longestRun is how often a sign follows itself at most.
func longestRun(s string, sign rune) int {
	longest, run := 0, 0
	for _, r := range s {
		if run++; r != sign {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

// markdownText is a text that may hold words of a server: on one line, and read as the text that it is, without an element
// of HTML, a link, code, emphasis or a bar of a table.
func markdownText(s string) string {
	runes := []rune(foreign.Line(s))
	var b strings.Builder
	for i, r := range runes {
		switch r {
		case '<':
			b.WriteString("&lt;")
			continue
		case '&':
			b.WriteString("&amp;")
			continue
		case '_':
			if 0 < i && i < len(runes)-1 && wordSign(runes[i-1]) && wordSign(runes[i+1]) {
				break // inside a name it means nothing
			}
			b.WriteByte('\\')
		case '\\', '`', '*', '[', ']', '|', '~':
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func wordSign(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}
