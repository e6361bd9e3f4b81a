package audit

import (
	"strings"

	"fix403/flows/report"
	"fix403/flows/texts"
)

const style report.Markup = `
svg{max-width:100%;height:auto;font:13px system-ui,sans-serif;fill:currentColor}.mighty{fill:#c0282d;stroke:#c0282d}.plain{fill:#2f6fb5;stroke:#2f6fb5}
.via{fill-opacity:.25}.kept{fill:none;stroke-dasharray:3 2}.grid{stroke:#8886;fill:none}.high{color:#a4161a}.medium{color:#8a5200}
@media(prefers-color-scheme:dark){.mighty{fill:#ff7b7b;stroke:#ff7b7b}.plain{fill:#7fb7f0;stroke:#7fb7f0}.high{color:#ff9a9a}.medium{color:#f0b860}}
`

// SeverityWord is a severity in words.
func (s Severity) SeverityWord() texts.Text { return severityWords[s] }

var severityWords = map[Severity]texts.Text{Info: "info", Low: "low", Medium: "medium", High: "high"}

// HTML is the audit as one page that needs nothing else, with who holds what as a picture.
func (a *Audit) HTML(t *texts.Printer) string {
	var p report.Page
	title := t.T("Who holds what in the realm %s", a.Place.Realm)
	p.Add(`<!doctype html>
<html lang="%s"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width,initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<title>%s</title>
<style>%s%s</style></head><body>
<h1>%s</h1>
<p class="lead">%s</p>
`, t.Language(), title, report.Style, style, title, t.Say(a.Outcome()))
	for _, note := range a.Notes {
		p.Add("<p>%s</p>\n", t.Say(note))
	}
	if len(a.Accounts) > 0 {
		p.Add("<figure>%s<figcaption>%s</figcaption></figure>\n", report.Markup(a.picture(t)), t.T("Filled: granted directly. Light: through a group, a composite or the default role. Dashed: kept out by the client's scope. Red: a role that leads to more."))
	}
	for _, f := range a.Findings {
		p.Add("<h2><span class=\"%s\">%s</span> %s: %s</h2>\n<p>%s</p>\n<ul>", f.Severity, t.T(f.Severity.SeverityWord()), t.Say(name(f.Account)), t.T(f.Rule.Title), t.Say(f.Reason))
		for _, e := range f.Evidence {
			p.Add("<li>%s</li>", t.Say(e))
		}
		p.Add("</ul>\n<p>%s</p>\n", t.Say(f.Fix))
		if len(f.Commands) > 0 {
			p.Add("<pre>%s</pre>\n", strings.Join(f.Commands, "\n"))
		}
		p.Add("<p><small>%s, <code>%s</code>, %s", t.T("Rule"), f.Rule.ID, t.T(certainties[f.Certainty]))
		for _, s := range f.Sources {
			p.Add(". %s", strings.TrimSuffix(t.Say(s), "."))
		}
		p.Add(".</small></p>\n")
	}
	p.Add("</body></html>\n")
	return p.String()
}
