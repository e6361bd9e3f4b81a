package wizard

import (
	"fmt"

	"fix403/flows/gate"
	"fix403/flows/story"
	"fix403/keycloak/wire"
	"fix403/ui/words"
)

// notFound is the status of what is not there.
const notFound = 404

// exchanges says those that came after the first n.
func (w *wizard) exchanges(n int) {
	all := w.story.Exchanges()
	for _, e := range all[min(n, len(all)):] {
		w.exchange(e, w.story.State())
	}
}

// exchange says one exchange, the roles of the token that it brought, and the gate that stopped it.
func (w *wizard) exchange(e wire.Exchange, st *story.State) {
	status := fmt.Sprint(e.Status)
	if e.Status == 0 {
		status = w.Say(gate.StatusName(0))
	}
	w.line(words.Line(fmt.Sprintf("  %s %s -> %s", e.Method, words.BriefPath(e.URL), status))) // not broken: one line to look for; wire says it in full
	w.print("    purpose: %s", w.Say(e.Purpose))
	if roles := w.IssuedRoles(e, st); roles != "" {
		w.print("    token issued, roles: %s", roles)
	}
	if step := story.StepByID(story.StepID(e.Step)); e.Status == notFound && e.IsRead() && step != nil && w.passed(step) {
		w.print("    not there yet")
	} else if stop := gate.Classify(e); stop.Gate != gate.None {
		w.print("    stopped at the gate %s: %s", stop.Gate, stop.Explanation)
		w.print("    gates: %s", gate.Line(stop))
	}
}

func (w *wizard) failure(err error) {
	message, hint := w.Failure(err)
	w.print("Failed: %s", message)
	if hint != "" {
		w.print("  What to do: %s", hint)
	}
}
