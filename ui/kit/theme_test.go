package kit

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
)

// grounds are the backgrounds that a theme is made for: the darkest and the lightest that terminals of that kind have.
var grounds = map[string][]string{
	"dark":  {"#000000", "#282c34"}, // black, and the background of One Dark
	"light": {"#ffffff", "#eee8d5"}, // white, and the darker background of Solarized Light
}

// luminance is the relative luminance of a colour (WCAG 2.2).
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil || len(hex) != 7 {
		t.Fatalf("%q is no colour: %v", hex, err)
	}
	channel := func(shift uint) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestContrastFormula(t *testing.T) {
	if got := contrast(t, "#000000", "#ffffff"); math.Abs(got-21) > 0.01 {
		t.Errorf("black on white has %f", got)
	}
	if got := contrast(t, "#777777", "#ffffff"); math.Abs(got-4.48) > 0.01 { // the example that just fails
		t.Errorf("#777 on white has %f", got)
	}
}

// styles are all that text is drawn with.
func (t *Theme) styles() map[string]*lipgloss.Style {
	styles := map[string]*lipgloss.Style{}
	for name, style := range map[string]Style{
		"title": t.Title, "heading": t.Heading, "plain": t.Plain, "dim": t.Dim, "good": t.Good, "bad": t.Bad, "warn": t.Warn,
		"accent": t.Accent, "button": t.Button, "key": t.Key, "literal": t.Literal, "found": t.found,
	} {
		styles[name] = style.style
	}
	return styles
}

func TestTextHasContrast(t *testing.T) {
	for name, backs := range grounds {
		th, _ := NewTheme(nil, nil, name, false, false, func(string) string { return "" })
		for what, style := range th.styles() {
			fore, coloured := style.GetForeground().(lipgloss.Color)
			if !coloured {
				continue // the terminal's own
			}
			on := backs
			if back, own := style.GetBackground().(lipgloss.Color); own {
				on = []string{string(back)}
			}
			for _, back := range on {
				if got := contrast(t, string(fore), back); got < 4.5 {
					t.Errorf("%s: %s %s on %s has a contrast of %.2f", name, what, fore, back, got)
				}
			}
		}
	}
}

func TestThemeAnsiLeavesTheColoursToTheTerminal(t *testing.T) {
	th, _ := NewTheme(nil, nil, "ansi", false, false, func(string) string { return "" })
	for what, style := range th.styles() {
		if c, coloured := style.GetForeground().(lipgloss.Color); coloured && len(c) != 1 {
			t.Errorf("%s has the colour %s of its own", what, c)
		}
	}
}

func TestThemeChangesInPlace(t *testing.T) {
	th, _ := NewTheme(nil, nil, "dark", false, false, func(string) string { return "" })
	var seen []string
	for range 4 {
		seen = append(seen, th.Name)
		th.Become(th.NextTheme(), th.ASCII)
	}
	if seen[0] != "dark" || seen[1] != "light" || seen[2] != "ansi" || seen[3] != "dark" {
		t.Errorf("the themes are %v", seen)
	}
	style := th.Style
	if th.Become(th.Name, true); !th.ASCII || th.Glyphs.Done != "+" || th.Style == style {
		t.Error("the signs are not ASCII")
	}
}

func TestThemeNeverNeedsTheTerminal(t *testing.T) {
	for colorfgbg, want := range map[string]string{"": "ansi", "15;0": "dark", "0;15": "light", "0;default;15": "light", "x;y": "ansi"} {
		if got := background(colorfgbg); got != want {
			t.Errorf("COLORFGBG=%q gives %s, not %s", colorfgbg, got, want)
		}
	}
	if _, known := NewTheme(nil, nil, "pink", false, false, func(string) string { return "" }); known {
		t.Error("there is a theme pink")
	}
}

func TestASCIIOnlyWhereTheLocaleSaysSo(t *testing.T) {
	for env, want := range map[string]bool{"": false, "LANG=en_US.UTF-8": false, "LANG=C": true, "LC_ALL=POSIX": true, "LANG=C.UTF-8": false, "LANG=de_DE": false, "LANG=en_US.ISO-8859-1": true, "TERM=linux": true} {
		name, value, _ := strings.Cut(env, "=")
		if got := ASCIIOnly(func(n string) string {
			if n == name {
				return value
			}
			return ""
		}); got != want {
			t.Errorf("%q: %v", env, got)
		}
	}
}
