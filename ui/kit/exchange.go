package kit

import (
	"fmt"
	"regexp"

	"github.com/charmbracelet/lipgloss"

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
		rest = fmt.Sprintf(" %7s  ", words.Took(e.Duration)) + words.Pad(words.Line(t.Say(e.Purpose)), 42) + " " + shortPath(e.URL)
	case width > 60:
		rest = fmt.Sprintf(" %7s  ", words.Took(e.Duration)) + shortPath(e.URL)
	}
	return words.Fit(head+rest, width)
}

var uuid = regexp.MustCompile(`([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// shortPath is the path of a URL with only the beginnings of ids.
func shortPath(raw string) string { return uuid.ReplaceAllString(words.Path(raw), "$1…") }

// StatusStyle is the colour of an exchange's status.
func StatusStyle(t *Theme, e wire.Exchange) lipgloss.Style {
	switch {
	case e.Status >= 200 && e.Status < 300:
		return t.Good
	case e.Status == 0 || e.Status >= 400:
		return t.Bad
	}
	return t.Warn
}
