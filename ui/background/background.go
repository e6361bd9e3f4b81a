// Package background tells Lip Gloss that the terminal's background is dark, before Bubble Tea asks the terminal.
//
// Bubble Tea v1 asks in its init function for the background colour, and so every program that links it, even for
// --version, waits up to five seconds on a terminal that does not answer. Packages are initialised in the order of
// their import paths as far as their imports allow: this one imports Lip Gloss alone, and its path sorts before
// github.com/charmbracelet/bubbletea. It must stay that way. The themes of package ui do not use this setting.
package background

import "github.com/charmbracelet/lipgloss"

func init() { lipgloss.SetHasDarkBackground(true) }
