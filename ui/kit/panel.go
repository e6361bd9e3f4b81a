package kit

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"fix403/ui/words"
)

// PanelWide and PanelHigh are what a frame and the air within it take of a panel.
const (
	PanelWide = 6
	PanelHigh = 2
)

// BookColumn is how wide text to be read gets in a panel, however wide the window is.
const BookColumn = 76

// Panel frames lines, with a title in the frame: exactly h lines of w cells.
func (t *Theme) Panel(title string, lines []string, w, h int) []string {
	corners, across, down := [4]string{"╭", "╮", "╰", "╯"}, t.Glyphs.Rule, t.Glyphs.Bar
	if t.ASCII {
		corners = [4]string{"+", "+", "+", "+"}
	}
	rule := func(n int) string { return strings.Repeat(across, max(0, n)) }
	if title = words.Fit(title, w-8); title != "" {
		title = " " + title + " "
	}
	out := make([]string, 0, h)
	out = append(out, t.Dim.Render(corners[0]+rule(1))+t.Title.Render(title)+t.Dim.Render(rule(w-3-ansi.StringWidth(title))+corners[1]))
	wall := t.Dim.Render(down)
	for i := range h - PanelHigh {
		line := ""
		if i < len(lines) {
			line = lines[i]
		}
		out = append(out, wall+"  "+words.Pad(line, w-PanelWide)+"  "+wall)
	}
	return append(out, t.Dim.Render(corners[2]+rule(w-2)+corners[3]))
}

// Joined puts panels of the same height side by side, with a gap of one cell.
func Joined(left, right []string) []string {
	out := make([]string, len(left))
	for i := range left {
		out[i] = left[i] + " " + right[i]
	}
	return out
}
