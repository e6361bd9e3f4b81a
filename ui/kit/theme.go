// Package kit has the parts that screens are made of: the theme, text fields, lists, viewports, columns, and lines that
// many screens draw.
package kit

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"fix403/flows/texts"
	"fix403/ui/words"
)

// Theme is how things look, and in which language they are said. Every state has a glyph too, so that nothing is told by
// colour alone.
type Theme struct {
	words.Words
	Title, Heading, Plain, Dim, Good, Bad, Warn, Accent, Button, Key Style
	Literal, found                                                   Style // numbers in JSON; what was searched for
	Glyphs                                                           Glyphs
	ASCII                                                            bool

	Name    string // dark, light or ansi
	NoColor bool
	Style   int // counts the changes of the theme, for what keeps drawn lines
	// Still says that nothing moves: where a request travels, it is drawn where it ends.
	Still bool
	Links bool // the terminal takes hyperlinks

	wrapped map[wrapKey][]string
	made    func(name string, ascii bool) *Theme
}

// Glyphs are the signs for states; each set has one cell per sign.
type Glyphs struct {
	Done, Current, Locked, Failed, Point, Chosen, Open, Bullet, Rule, Bar, Arrow, full, empty, Road, Unknown string
	Spinner                                                                                                  []string
}

var unicodeGlyphs = Glyphs{
	Done: "✓", Current: "▶", Locked: "·", Failed: "✗", Point: "▸", Chosen: "●", Open: "○", Bullet: "•", Rule: "─", Bar: "│", Arrow: "→", full: "█", empty: "░", Road: "━", Unknown: "?",
	Spinner: []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"},
}

var asciiGlyphs = Glyphs{
	Done: "+", Current: ">", Locked: ".", Failed: "x", Point: ">", Chosen: "*", Open: "o", Bullet: "-", Rule: "-", Bar: "|", Arrow: ">", full: "#", empty: ".", Road: "=", Unknown: "?",
	Spinner: []string{"|", "/", "-", `\`},
}

// palette are the colours of a theme; an empty one is the terminal's own.
type palette struct{ title, dim, good, bad, warn, accent, buttonText, buttonBack string }

var palettes = map[string]palette{
	"dark":  {title: "#7dcfff", dim: "#8a93a8", good: "#7ee787", bad: "#ff7b72", warn: "#e3b341", accent: "#79c0ff", buttonText: "#0d1117", buttonBack: "#79c0ff"},
	"light": {title: "#0550ae", dim: "#57606a", good: "#116329", bad: "#a40e26", warn: "#7d4e00", accent: "#0550ae", buttonText: "#ffffff", buttonBack: "#0550ae"},
	"ansi":  {title: "6", good: "2", bad: "1", warn: "3", accent: "6", buttonText: "0", buttonBack: "6"},
}

// NewTheme builds the styles on a renderer of their own. The terminal is never asked for anything: "auto" goes by
// COLORFGBG, and without it takes the terminal's own sixteen colours, which go with its background.
func NewTheme(out io.Writer, p *texts.Printer, name string, noColor, ascii bool, getenv func(string) string) (*Theme, bool) {
	if name == "" || name == "auto" {
		name = background(getenv("COLORFGBG"))
	}
	_, known := palettes[name]
	r := lipgloss.NewRenderer(out)
	if c, says := out.(interface{ ColorProfile() termenv.Profile }); says {
		r.SetColorProfile(c.ColorProfile()) // a recording knows by itself
	}
	if noColor {
		r.SetColorProfile(termenv.ANSI)
	}
	made := func(name string, ascii bool) *Theme { return styled(r, name, noColor, ascii) }
	t := made(name, ascii)
	t.Words, t.made = words.Words{Printer: p, For: words.OfScreens}, made
	t.Still, t.Links = getenv("NO_MOTION") != "", TakesLinks(getenv)
	return t, known
}

// styled are the styles of a theme.
func styled(r *lipgloss.Renderer, name string, noColor, ascii bool) *Theme {
	p := palettes[name]
	r.SetHasDarkBackground(name != "light")
	if noColor {
		// Colour is what NO_COLOR asks to leave out; bold and reverse stay, and show where the focus is.
		p = palette{}
	}
	colour := func(c string) Style {
		if c == "" {
			return styleOf(r.NewStyle())
		}
		return styleOf(r.NewStyle().Foreground(lipgloss.Color(c)))
	}
	t := &Theme{
		Title: colour(p.title).Bold(), Heading: styleOf(r.NewStyle().Bold(true)), Plain: styleOf(r.NewStyle()),
		Dim: colour(p.dim), Good: colour(p.good), Bad: colour(p.bad).Bold(), Warn: colour(p.warn), Accent: colour(p.accent),
		Button: styleOf(r.NewStyle().Bold(true).Reverse(true)), Key: styleOf(r.NewStyle().Bold(true)),
		Literal: colour(p.warn), found: styleOf(r.NewStyle().Bold(true).Underline(true)),
		Glyphs: unicodeGlyphs, Name: name, NoColor: noColor,
	}
	if p.buttonBack != "" {
		t.Button = styleOf(r.NewStyle().Bold(true).Foreground(lipgloss.Color(p.buttonText)).Background(lipgloss.Color(p.buttonBack)))
	}
	if name == "ansi" {
		t.Dim = styleOf(r.NewStyle().Faint(true))
	}
	if ascii {
		t.Glyphs, t.ASCII = asciiGlyphs, true
	}
	return t
}

// Become changes the theme in place, for all that draw with it.
func (t *Theme) Become(name string, ascii bool) {
	before := *t
	*t = *before.made(name, ascii)
	t.Words, t.made, t.Style, t.Still, t.Links = before.Words, before.made, before.Style+1, before.Still, before.Links
}

// themes are those that a key goes through.
var themes = []string{"dark", "light", "ansi"}

// NextTheme is the one after this.
func (t *Theme) NextTheme() string {
	return themes[(slices.Index(themes, t.Name)+1)%len(themes)]
}

// background reads COLORFGBG, which some terminals set: "15;0" is light on black.
func background(colorfgbg string) string {
	i := strings.LastIndex(colorfgbg, ";")
	if i < 0 {
		return "ansi"
	}
	n, err := strconv.Atoi(colorfgbg[i+1:])
	switch {
	case err != nil:
		return "ansi"
	case n == 7 || n > 8:
		return "light"
	}
	return "dark"
}

// ASCIIOnly reports whether the terminal or the locale has no UTF-8: the locale C has none. An unset locale does not mean
// that.
func ASCIIOnly(getenv func(string) string) bool {
	if term := getenv("TERM"); term == "linux" || term == "dumb" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return v == "c" || v == "posix" || strings.Contains(v, ".") && !strings.Contains(v, "utf-8") && !strings.Contains(v, "utf8")
		}
	}
	return false
}

// ASCIIText replaces the signs in our own texts by ASCII ones of the same width.
var ASCIIText = strings.NewReplacer("…", "~", "→", ">", "←", "<", "↑", "^", "↓", "v")

// wrapKey is a text in a width.
type wrapKey struct {
	text  string
	width int
}

// mostWrapped bounds what is kept of wrapped texts; a screen has about fifty.
const mostWrapped = 400

// Wrap keeps what was wrapped: the texts of a screen are the same from frame to frame. The result must not be changed.
func (t *Theme) Wrap(text string, width int) []string {
	key := wrapKey{text, width}
	if out, known := t.wrapped[key]; known {
		return out
	}
	if t.wrapped == nil || len(t.wrapped) >= mostWrapped {
		t.wrapped = map[wrapKey][]string{}
	}
	out := words.Wrap(words.Clean(text), width) // none of ours has a style yet
	t.wrapped[key] = out
	return out
}

// Lines wraps text to width and styles each line.
func (t *Theme) Lines(style Style, text string, width int) []string {
	wrapped := t.Wrap(text, width)
	out := make([]string, len(wrapped))
	for i, line := range wrapped {
		if line != "" {
			out[i] = style.Render(line)
		}
	}
	return out
}

// Item wraps text behind a sign, with the following lines indented.
func (t *Theme) Item(sign string, style Style, text string, width int) []string {
	wrapped := t.Wrap(text, width-2)
	out := make([]string, len(wrapped))
	for i, line := range wrapped {
		lead := "  "
		if i == 0 {
			lead = style.Render(sign) + " "
		}
		out[i] = lead + style.Render(line)
	}
	return out
}
