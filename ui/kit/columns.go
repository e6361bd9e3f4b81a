package kit

import (
	"fix403/ui/words"
)

// ThreeColumns is the width from which on a screen has parts side by side.
const ThreeColumns = 118

// Beside puts as many lines side by side, the left ones in a width, with a bar between.
func Beside(t *Theme, left []string, width int, right []string) []string {
	bar := t.Dim.Render(" " + t.Glyphs.Bar + " ")
	out := make([]string, len(left))
	for i, line := range left {
		out[i] = words.Pad(line, width) + bar + right[i]
	}
	return out
}
