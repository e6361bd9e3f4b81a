// Package picture draws what a terminal shows as SVG, and what a program shows one after the other as a moving SVG or an
// asciicast.
package picture

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// cell is one sign of a terminal, and how it looks.
type cell struct {
	text string
	look
}

// look is the style of a cell; an empty colour is the paper's own.
type look struct {
	fore, back           string
	bold, faint, reverse bool
}

// Paper is what is drawn on.
type Paper struct{ Paper, Ink, Faint string }

// The papers of a dark and of a light screen.
var (
	Dark  = Paper{"#0d1117", "#e6edf3", "#8a93a8"}
	Light = Paper{"#ffffff", "#1f2328", "#57606a"}
)

// cells are those of a line with escape sequences.
func cells(line string) []cell {
	var out []cell
	var now look
	for state := byte(0); line != ""; {
		seq, width, n, next := ansi.DecodeSequence(line, state, nil)
		state, line = next, line[n:]
		switch {
		case strings.HasPrefix(seq, "\x1b[") && strings.HasSuffix(seq, "m"):
			now.set(strings.Split(seq[2:len(seq)-1], ";"))
		case width > 0:
			out = append(out, cell{seq, now})
			for range width - 1 {
				out = append(out, cell{"", now})
			}
		}
	}
	return out
}

// set takes the numbers of a sequence that changes how text looks, with colours by their parts.
func (l *look) set(numbers []string) {
	for i := 0; i < len(numbers); i++ {
		switch n := numbers[i]; n {
		case "", "0":
			*l = look{}
		case "1":
			l.bold = true
		case "2":
			l.faint = true
		case "7":
			l.reverse = true
		case "38", "48":
			const parts = 4 // and the 2 before them
			if i+parts >= len(numbers) {
				return
			}
			colour := "rgb(" + strings.Join(numbers[i+2:i+parts+1], ",") + ")"
			if i += parts; n == "38" {
				l.fore = colour
			} else {
				l.back = colour
			}
		}
	}
}

// seen are the colours of a cell on a paper; the background is "" where it is the paper.
func (l look) seen(p Paper) (fore, back string) {
	fore, back = l.fore, l.back
	if fore == "" {
		fore = p.Ink
	}
	if l.faint {
		fore = p.Faint
	}
	if l.reverse {
		if back == "" {
			back = p.Paper
		}
		return back, fore
	}
	return fore, back
}
