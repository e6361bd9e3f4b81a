package plain

import (
	"cmp"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"fix403/flows/gate"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// Look is how lines look. Without one they are words alone, and not broken: what is redirected is the same each time.
type Look struct {
	theme *kit.Theme // signs and colours; nil: words alone
	width int        // at which lines are broken; 0: they are not
	links bool       // the terminal takes hyperlinks
}

// Terminal is where lines are drawn, and what its user asked for.
type Terminal struct {
	Columns        int
	Plain, NoColor bool
	Theme          string
	Getenv         func(string) string
}

// The widths in which lines are drawn: a terminal that does not say has the first, and text is never wider than a book's.
const usualWidth, widest = 80, 100

// Look returns how lines look on the terminal.
func (t Terminal) Look() Look {
	look := Look{width: min(t.Columns, widest)}
	if t.Columns <= 0 {
		look.width = usualWidth
	}
	if t.Plain || t.Getenv("TERM") == "dumb" {
		return look
	}
	colours := termenv.Ascii // no escape at all
	if !t.NoColor {
		colours, look.links = profile(t.Getenv), kit.TakesLinks(t.Getenv)
	}
	look.theme, _ = kit.NewTheme(recorded{io.Discard, colours}, nil, t.Theme, false, kit.ASCIIOnly(t.Getenv), t.Getenv)
	return look
}

// recorded is a writer whose colours are known.
type recorded struct {
	io.Writer
	colours termenv.Profile
}

// ColorProfile returns its colours.
func (r recorded) ColorProfile() termenv.Profile { return r.colours }

// profile returns the colours of a terminal, by what it says of itself.
func profile(getenv func(string) string) termenv.Profile {
	name, more := getenv("TERM"), getenv("COLORTERM")
	switch {
	case name == "":
		return termenv.Ascii
	case (more == "truecolor" || more == "24bit") && !strings.HasPrefix(name, "screen"):
		return termenv.TrueColor
	case strings.Contains(name, "256color"):
		return termenv.ANSI256
	}
	return termenv.ANSI
}

// ink is text that is safe to print, and may have a style.
type ink string

// The styles of lines.
func good(t *kit.Theme) kit.Style     { return t.Good }
func bad(t *kit.Theme) kit.Style      { return t.Bad }
func warn(t *kit.Theme) kit.Style     { return t.Warn }
func dim(t *kit.Theme) kit.Style      { return t.Dim }
func accent(t *kit.Theme) kit.Style   { return t.Accent }
func goodBold(t *kit.Theme) kit.Style { return t.Good.Bold() }
func heading(t *kit.Theme) kit.Style  { return t.Heading }

// in returns text in a style, where lines have styles.
func (l Lines) in(style func(*kit.Theme) kit.Style, text string) ink {
	text = words.Line(text)
	if l.Look.theme == nil || text == "" {
		return ink(text)
	}
	return ink(style(l.Look.theme).Render(text))
}

// link returns text that leads to an address, where the terminal takes that.
func (l Lines) link(address string, text ink) ink {
	address = words.Line(address)
	if !l.Look.links || address == "" || strings.ContainsAny(address, " \\") {
		return text
	}
	return ink(ansi.SetHyperlink(address)) + text + ink(ansi.ResetHyperlink())
}

// sign is a sign behind which a text follows, or a word where lines have no signs.
func (l Lines) sign(style func(*kit.Theme) kit.Style, sign func(kit.Glyphs) string, word string) ink {
	if l.Look.theme == nil {
		return ink(word)
	}
	return l.in(style, sign(l.Look.theme.Glyphs))
}

// Status is a status with its name, and with its sign and colour: 200, 401 and 403 are three.
func (l Lines) Status(code int) ink {
	name := l.Say(gate.StatusName(code))
	if l.Look.theme == nil {
		return ink(name)
	}
	sign, style := kit.StatusLook(l.Look.theme, code)
	if code >= 300 && code < 400 {
		sign, style = l.Look.theme.Glyphs.Arrow, l.Look.theme.Plain
	}
	return ink(style.Render(sign + " " + name))
}

// gates is the row of gates.
func (l Lines) gates(stop gate.Refusal) ink {
	if l.Look.theme == nil {
		return ink(strings.Join(l.broken(gate.Line(stop), 0), "\n"))
	}
	return ink(kit.GatesInLine(l.Look.theme, stop, l.Look.width-indentation))
}

// indentation is that of what belongs to a line.
const indentation = 2

// broken is text in lines that leave room for an indent.
func (l Lines) broken(text string, indent int) []string {
	if l.Look.width == 0 {
		return []string{text}
	}
	return words.Overflow(text, max(l.Look.width-indent, 20))
}

// paragraph is text in lines, each indented.
func (l Lines) paragraph(indent int, text ink) ink {
	pad := strings.Repeat(" ", indent)
	return ink(pad + strings.Join(l.broken(string(text), indent), "\n"+pad))
}

// beside is text in lines beside a label, which is in a column of a width.
func (l Lines) beside(label ink, width int, text ink) ink {
	pad := strings.Repeat(" ", max(0, width-ansi.StringWidth(string(label))))
	return label + ink(pad+strings.Join(l.broken(string(text), width), "\n"+strings.Repeat(" ", width)))
}

// answered is a call behind its answer, broken after a slash where it has to be, and not within an id.
func (l Lines) answered(answer ink, call string) ink {
	const gap = 3
	call = words.Line(call)
	if l.Look.width > 0 {
		before := strings.Repeat("x", ansi.StringWidth(string(answer))+gap) // what Fold cannot break
		if lines := words.Fold(before+call, l.Look.width); len(lines[0]) > len(before) {
			lines[0] = lines[0][len(before):]
			call = strings.Join(lines, "\n")
		}
	}
	return answer + ink(strings.Repeat(" ", gap)+call)
}

// height is how many lines a text takes on a terminal of a width.
func (l Lines) height(text ink) int {
	n := 0
	for _, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		n += 1 + max(0, ansi.StringWidth(line)-1)/cmp.Or(l.Look.width, usualWidth)
	}
	return n
}
