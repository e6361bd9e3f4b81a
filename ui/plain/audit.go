package plain

import (
	"fix403/flows/audit"
	"fix403/flows/doctor/reason"
	"fix403/keycloak/msg"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// Audit is what was found about who holds what, the most severe first.
func (l Lines) Audit(a *audit.Audit) {
	l.Printf("%s\n", l.wrap(l.Say(a.Outcome())))
	for _, f := range a.Findings {
		style := dim
		switch f.Severity {
		case audit.High:
			style = bad
		case audit.Medium:
			style = warn
		case audit.Low:
			style = accent
		case audit.Info:
		}
		l.finding(f, style)
	}
	l.open(a.Notes)
}

func (l Lines) finding(f audit.Finding, style func(*kit.Theme) kit.Style) {
	line := func(name string, m msg.Message) { l.Printf("%s\n", l.hanging(name, ink(words.Line(l.Say(m))))) }
	l.Printf("\n%s\n", l.beside(l.in(style, l.T(f.Severity.SeverityWord()))+" ", 13, ink(words.Line(l.T("%s: %s (%s)", f.Subject(), msg.New(f.Rule.Title), f.Rule.ID)))))
	line(l.T("reason"), f.Reason)
	for i, e := range f.Evidence {
		label := ""
		if i == 0 {
			label = l.T("seen")
		}
		line(label, e)
	}
	line(l.T("fix"), f.Fix)
	for _, command := range f.Commands {
		l.Printf("%s%s\n", "             ", Block(command)) // as it is, to be copied
	}
	for i, s := range f.Sources {
		label := ""
		if i == 0 {
			label = l.T("source")
		}
		line(label, s)
	}
	if f.Certainty != reason.Proved {
		line(l.T("certainty"), msg.New(f.Certain()))
	}
}

// HTML is the same as a page.
func (l Lines) HTML(a *audit.Audit) string { return a.HTML(l.Printer) }
