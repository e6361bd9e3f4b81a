package flows

import (
	"fmt"
	"strings"
)

// fence is around what went over the wire in Markdown.
const fence = "~~~~"

// fenced is text that does not end the fence around it.
func fenced(s string) string { return strings.ReplaceAll(s, fence, "~~~ ~") }

// Markdown is the transcript of a run, with the exchanges and the gates, masked.
func Markdown(s *Story) string {
	t := newTranscript(s)
	var b strings.Builder
	add := func(format string, values ...any) { fmt.Fprintf(&b, format+"\n", values...) }
	add("# From 403 to 200\n\n%s\n\n%s", markdownText(t.Outcome), t.server())
	add("Realm `%s`, client `%s`, user `%s`.%s", t.State.Params.Realm, t.State.Params.ClientID, t.State.Params.Username, t.begun())
	add("Secrets and tokens are masked as `***`.\n")
	if len(t.Calls) > 0 {
		add("| the call | answered with | roles of realm-management in the token |\n|---|---|---|")
		for _, c := range t.Calls {
			add("| %s | %s | %s |", c.Label, StatusName(c.Exchange.Status), list(c.Roles))
		}
		add("")
	}
	for _, step := range t.Steps {
		add("## %s\n\n%s %s\n", step.Title, markdownText(step.Goal), markdownText(step.Why))
		for _, line := range step.outcome() {
			if line.failed {
				line.label = "**" + line.label + "**"
			}
			add("- %s", line.label+markdownText(line.text))
		}
		for _, c := range step.Calls {
			add("\n**%s**: %s\n\n    %s\n\n%s", c.Label, c.answered(), GateLine(c.Stop), markdownText(c.Stop.Means))
		}
		if step.Explained != "" {
			add("\n%s", markdownText(step.Explained))
		}
		for _, e := range step.Exchanges {
			add("\n<details%s><summary>%s</summary>\n\n%shttp", e.open(), markdownText(e.summary()), fence)
			add("%s", fenced(e.request()+"\n\n"+e.answer()))
			add("%s\n\n</details>", fence)
		}
		add("")
	}
	add("## What was created\n")
	for _, c := range t.State.Created {
		add("- %s `%s`%s", c.Kind, c.Name, removedAgain(c))
	}
	if len(t.State.Created) == 0 {
		add("- nothing")
	}
	return b.String()
}

// markdownText is a text that may hold words of a server, on one line and without HTML.
func markdownText(s string) string {
	return strings.NewReplacer("\n", " ", "<", "&lt;").Replace(plainText(s))
}
