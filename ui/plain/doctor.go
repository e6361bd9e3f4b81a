package plain

import (
	"strings"

	"fix403/flows/change"
	"fix403/flows/doctor"
	"fix403/flows/gate"
	"fix403/ui/words"
)

// Diagnosis says what was found, and the fix.
func (l Lines) Diagnosis(d *doctor.Diagnosis) {
	l.Printf("%s\n\n%s\n%s\n", wrap(l.Say(d.Summary)), gate.Line(d.Refusal()), l.Verdict(d))
	for _, s := range l.Words.Diagnosis(d) {
		l.Printf("\n%s\n", s.Title)
		for _, line := range s.Lines {
			if s.Code {
				l.Printf("  %s\n", line)
				continue
			}
			l.Printf("  %s\n", Block(strings.Join(words.Wrap(words.Line(line), 76), "\n    ")))
		}
	}
}

// Fix says what --fix will change.
func (l Lines) Fix(plan []change.Change) {
	l.Printf("\n%s\n", l.T("The fix"))
	for _, line := range l.Planned(plan) {
		l.Printf("  %s\n", line)
	}
	if len(plan) == 0 {
		l.Printf("  %s\n", l.T("changes nothing in Keycloak: a new token is enough"))
	}
}

// Undo says which changes --undo undoes.
func (l Lines) Undo(changes []change.Change) {
	l.Printf("\n%s\n", l.T("To be undone"))
	for _, line := range l.Planned(changes) {
		l.Printf("  %s\n", l.T("what %s", line))
	}
}

// After says what the same call did after a fix or its undoing.
func (l Lines) After(d *doctor.Diagnosis) {
	if d.After == nil {
		return
	}
	l.Printf("\n")
	for _, line := range l.AfterFix(d) {
		l.Println(line)
	}
}
