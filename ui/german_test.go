package ui

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/story"
	"fix403/flows/texts"
)

// Every screen in German: none is larger than the window, and each text has its German.
func TestGermanScreens(t *testing.T) {
	t.Parallel()
	german := inLanguage(t, "de")
	synctest.Test(t, func(t *testing.T) {
		o := practiceOptions()
		o.Printer = german
		o.Story.IDSeed = story.DemoSeed // the same ids each time
		x := start(t, 80, 24, o)
		var drawn strings.Builder
		tour(x, func(name string) {
			for _, size := range [][2]int{{60, 20}, {160, 50}, {80, 24}} {
				x.program.Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				x.settle()
				fits(t, name, x.root().View(), size[0], size[1])
			}
			x.resize(80, 24)
			fmt.Fprintf(&drawn, "== %s ==\n%s\n", name, x.anonymous())
		})
		goldenFile(t, "80x24/dark/de", drawn.String())
	})
	for _, missed := range german.Missed() {
		t.Errorf("there is no German for %q", missed)
	}
}

// The keys of all screens and their help in German.
func TestGermanStandings(t *testing.T) {
	t.Parallel()
	for _, s := range standings() {
		r := s.in(t, inLanguage(t, "de"))
		for _, size := range [][2]int{{60, 20}, {80, 24}, {160, 50}} {
			r.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			fits(t, s.name, view(r), size[0], size[1])
			r.Update(keyMsg(t, "f1"))
			fits(t, s.name+": help", view(r), size[0], size[1])
			r.Update(keyMsg(t, "f1"))
		}
	}
}

func inLanguage(t *testing.T, language string) *texts.Printer {
	t.Helper()
	p, err := texts.In(language)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
