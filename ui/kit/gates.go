package kit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"

	"fix403/flows/gate"
	"fix403/ui/words"
)

// StatusLook is the sign of a status, and its style as by [Theme.Answer].
func StatusLook(t *Theme, status int) (sign string, style Style) {
	sign = t.Glyphs.Failed
	switch {
	case status >= ok && status < notOK:
		sign = t.Glyphs.Done
	case status == unauthorized:
		sign = t.Glyphs.Unknown
	}
	return sign, t.Answer(status)
}

// GatesInLine draws the gates as one line, in the order in which the request came to them and in the width where they fit: a passed one, the one that stopped the request with
// its status, and those that it did not reach.
func GatesInLine(t *Theme, stop gate.Refusal, width int) string {
	all := stop.Row()
	at := slices.Index(all, stop.Gate)
	draw := func(apart string) string {
		parts := make([]string, len(all))
		for i, g := range all {
			switch {
			case at < 0 || i < at:
				parts[i] = string(g) + apart + t.Good.Render(t.Glyphs.Chosen)
			case i > at:
				parts[i] = t.Dim.Render(string(g) + apart + t.Glyphs.Open)
			default:
				sign, style := StatusLook(t, stop.Status)
				text := string(g) + apart + sign
				if stop.Status != 0 {
					text += " " + fmt.Sprint(stop.Status)
				}
				parts[i] = style.Render(text)
			}
		}
		return strings.Join(parts, t.Dim.Render(apart+t.Glyphs.Rule+apart))
	}
	row := draw(" ")
	if width > 0 && lipgloss.Width(row) > width {
		row = draw("")
	}
	if width > 0 && lipgloss.Width(row) > width {
		row = strings.Join(words.Overflow(row, width), "\n")
	}
	return row
}
