package kit

import (
	"fmt"

	"fix403/keycloak/wire"
	"fix403/ui/words"
)

// ExchangeRow is an exchange in one line: its number, method, status and path, or what it was for.
func ExchangeRow(t *Theme, e wire.Exchange, selected bool, width int) string {
	sign := " "
	if selected {
		sign = t.Glyphs.Point
	}
	status := "---"
	if e.Status != 0 {
		status = fmt.Sprint(e.Status)
	}
	head := fmt.Sprintf("%s %2d %-6s ", sign, e.ID, words.Line(e.Method)) + StatusStyle(t, e).Render(status)
	rest := " " + words.Line(t.Say(e.Purpose))
	switch {
	case width > 110:
		rest = fmt.Sprintf(" %7s  ", words.Took(e.Duration)) + words.Pad(words.Line(t.Say(e.Purpose)), 42) + " " + words.BriefPath(e.URL)
	case width > 60:
		rest = fmt.Sprintf(" %7s  ", words.Took(e.Duration)) + words.BriefPath(e.URL)
	}
	return words.Fit(head+rest, width)
}

// StatusStyle is the colour of an exchange's status.
func StatusStyle(t *Theme, e wire.Exchange) Style {
	if e.Status >= notOK && e.Status < 400 {
		return t.Warn
	}
	return t.Answer(e.Status)
}
