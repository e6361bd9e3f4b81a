package inspect

import (
	"fix403/flows/gate"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// FailureLines say why a call failed, what to do, and at which gate the last exchange was stopped.
func FailureLines(t *kit.Theme, err error, mask func(string) string, notes []msg.Message, all []wire.Exchange, w int) []string {
	if words.Canceled(err) {
		return t.Item("!", t.Warn, t.T("Cancelled before it was done."), w)
	}
	message, hint := t.Failure(err)
	out := t.Item(t.Glyphs.Failed, t.Bad, mask(message), w)
	if hint != "" {
		out = append(out, t.Item(t.Glyphs.Arrow, t.Warn, hint, w)...)
	}
	for _, note := range notes {
		out = append(out, t.Item("!", t.Warn, words.Line(t.Say(note)), w)...)
	}
	if len(all) > 0 {
		last := all[len(all)-1]
		if stop := gate.Classify(last); stop.Gate != gate.None {
			out = append(out, t.Lines(t.Dim, t.T("Stopped: %s", words.Line(last.Method)+" "+words.Path(last.URL)), w)...)
			out = append(out, GateRow(t, stop, w)...)
		}
		out = append(out, t.Lines(t.Dim, t.T("F3 shows it on the wire."), w)...)
	}
	return out
}
