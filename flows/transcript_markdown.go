package flows

import (
	"fmt"
	"strings"

	"fix403/flows/texts"
	"fix403/keycloak"
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
	add("# %s\n\n%s\n\n%s", texts.T("From 403 to 200"), markdownText(t.Outcome), t.server())
	add("%s%s", texts.T("Realm %s, client %s, user %s.", code(t.State.Params.Realm), code(t.State.Params.ClientID), code(t.State.Params.Username)), t.begun())
	add("%s\n", texts.T("Secrets and tokens are masked as %s.", code(keycloak.Masked)))
	if len(t.Calls) > 0 {
		add("| %s | %s | %s |\n|---|---|---|", texts.T("the call"), texts.T("answered with"), texts.T("roles of realm-management in the token"))
		for _, c := range t.Calls {
			add("| %s | %s | %s |", c.Label, StatusName(c.Exchange.Status), list(c.Roles))
		}
		add("")
	}
	for _, step := range t.Steps {
		add("## %s\n\n%s %s\n", texts.T(step.Title), markdownText(texts.T(step.Goal)), markdownText(texts.T(step.Why)))
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
	add("## %s\n", texts.T("What was created"))
	for _, c := range t.State.Created {
		add("- %s `%s`%s", KindWord(c.Kind), c.Name, removedAgain(c))
	}
	if len(t.State.Created) == 0 {
		add("- %s", texts.T("nothing"))
	}
	return b.String()
}

func code(s string) string { return "`" + s + "`" }

// markdownText is a text that may hold words of a server, on one line and without HTML.
func markdownText(s string) string {
	return strings.NewReplacer("\n", " ", "<", "&lt;").Replace(plainText(s))
}
