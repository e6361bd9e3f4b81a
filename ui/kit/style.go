package kit

import "github.com/charmbracelet/lipgloss"

// Style is how a text looks. It is as small as a pointer, so that it can be handed on; a [lipgloss.Style] is copied whole.
type Style struct{ style *lipgloss.Style }

func styleOf(s lipgloss.Style) Style { return Style{&s} }

// Render returns the text as it looks.
//
//go:noinline // it copies a style of lipgloss: in two hundred places it would be 60 kB of the program
func (s Style) Render(text string) string { return s.style.Render(text) }

// Bold returns the style with bold letters.
func (s Style) Bold() Style { return styleOf(s.style.Bold(true)) }
