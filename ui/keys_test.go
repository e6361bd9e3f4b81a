package ui

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/docs/pagetest"
	"fix403/flows/texts"
	"fix403/keycloak/testrun"
	"fix403/ui/shell"
)

// keyPage is docs/keys.md: the tables of all screens.
func keyPage(t *testing.T) string {
	var b strings.Builder
	b.WriteString(`# Keys

This page is made from the tables that the wizard itself goes by: ` + "`go test ./ui -run TestKeyPage -update`" + `.
The footer shows the most important keys of a screen, F1 all of them. A key that does nothing at the moment says why.
While a text field has the focus, letters are text: the F keys and the others that are no single character still work.
A click on a key in the footer, on the button above it or on a row does what the key does, and the wheel scrolls; ` + "`fix403 wizard --mouse=false`" + ` leaves the mouse to the terminal.
`)
	everywhere := map[string]bool{}
	r := opened(0, atHome)(t, nil)
	own := len(r.Screen.Keys())
	section := func(name string, table []shell.Binding, skip bool) {
		fmt.Fprintf(&b, "\n## %s\n\n| key | what it does |\n|---|---|\n", name)
		for _, k := range table {
			if k.Help == "" || skip && everywhere[strings.Join(k.Keys, " ")] {
				continue
			}
			var names []string
			for _, key := range k.Keys {
				names = append(names, "`"+shell.KeyName(nil, key)+"`")
			}
			fmt.Fprintf(&b, "| %s | %s |\n", strings.Join(names, " "), strings.ReplaceAll(k.Text().String(), "|", `\|`))
		}
	}
	common := r.Bindings()[own:]
	for _, k := range common {
		everywhere[strings.Join(k.Keys, " ")] = true
	}
	section("Everywhere", common, false)
	for _, s := range standings() {
		section(s.name, s.open(t).Bindings(), true)
	}
	return b.String()
}

func TestKeyPage(t *testing.T) {
	t.Parallel()
	pagetest.Current(t, *update, "keys.md", keyPage(t), "go test ./ui -run TestKeyPage -update")
}

func TestKeysAreUnique(t *testing.T) {
	t.Parallel()
	for _, s := range standings() {
		taken := map[string]string{}
		for _, b := range s.open(t).Bindings() {
			if b.Do == nil {
				continue
			}
			for _, k := range b.Keys {
				if by, is := taken[k]; is {
					t.Errorf("%s: %q is for %q and for %q", s.name, k, by, b.Text().String())
				}
				taken[k] = b.Text().String()
			}
		}
		if taken["esc"] == "" && taken["enter"] == "" {
			t.Errorf("%s has no way out", s.name)
		}
	}
}

// Every key of every screen is pressed once, on a screen of its own. Plain go test presses what has the same help on many
// screens on each fourth of them.
func TestEveryKeyOfEveryScreen(t *testing.T) {
	t.Chdir(t.TempDir()) // some keys save files
	had := map[string]int{}
	var pressed, refused atomic.Int32
	t.Run("screens", func(t *testing.T) {
		for _, s := range standings() {
			first := s.open(t)
			var keys []boundKey
			for i, b := range first.Bindings() {
				for _, k := range b.Keys {
					if first.typing() && utf8.RuneCountInString(k) == 1 {
						continue // text: see the next test
					}
					same := fmt.Sprint(k, b.Help, b.Reason())
					if had[same]++; testrun.Whole() || had[same]%4 == 1 {
						keys = append(keys, boundKey{i, k})
					}
				}
			}
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				for _, k := range keys {
					pressed.Add(1)
					if s.press(t, k) {
						refused.Add(1)
					}
				}
			})
		}
	})
	t.Logf("%d keys were pressed, %d of them disabled", pressed.Load(), refused.Load())
	if pressed.Load() < testrun.Of[int32](200, 600, 600) || refused.Load() < 10 {
		t.Errorf("%d keys were pressed, %d of them disabled", pressed.Load(), refused.Load())
	}
}

// boundKey is a key of a screen, and the place of its binding.
type boundKey struct {
	binding int
	key     string
}

// press presses a key on a new screen, and reports whether it was one that is disabled.
func (s standing) press(t *testing.T, k boundKey) (disabled bool) {
	t.Helper()
	r := s.open(t)
	view(r) // nobody presses a key on a screen that was not drawn
	reason := r.Bindings()[k.binding].Reason()
	_, cmd := r.Update(keyMsg(t, k.key))
	if r.Err != nil {
		t.Fatalf("%s: %v", k.key, r.Err)
	}
	fits(t, s.name+" after "+k.key, view(r), 80, 24)
	if reason != "" && (r.Notice != reason || cmd != nil) {
		t.Errorf("%s is disabled, and says %q, not %q", k.key, r.Notice, reason)
	}
	return reason != ""
}

// A key that no table has does nothing.
func TestOtherKeysDoNothing(t *testing.T) {
	t.Parallel()
	for _, s := range standings() {
		r := s.open(t)
		if r.typing() {
			continue
		}
		known := map[string]bool{"1": true, "2": true, "3": true} // choices
		for _, b := range r.Bindings() {
			for _, k := range b.Keys {
				known[k] = true
			}
		}
		r.Notice = ""
		before := view(r)
		for c := 'a'; c <= 'z'; c++ {
			if k := string(c); !known[k] {
				r.Update(keyMsg(t, k))
				if bare, is := r.Screen.(shell.Bare); !r.helped() && (!is || !bare.Bare()) && !strings.HasPrefix(r.Notice, k+" ") {
					t.Errorf("%s: %s says %q", s.name, k, r.Notice)
				}
			}
		}
		r.Notice = ""
		if after := view(r); after != before {
			t.Errorf("%s: letters that are no keys changed it from\n%s\nto\n%s", s.name, before, after)
		}
	}
}

// In a field every character is text, and changes nothing else.
func TestCharactersInEveryFieldAreText(t *testing.T) {
	t.Parallel()
	fields := 0
	for _, s := range standings() {
		r := s.open(t)
		if !r.typing() {
			continue
		}
		fields++
		screen, frame := r.Screen, len(strings.Split(view(r), "\n"))
		for c := '!'; c <= '~'; c++ {
			_, cmd := r.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{c}})
			if r.Screen != screen || r.helped() || cmd != nil || !r.typing() {
				t.Fatalf("%s: %q was taken for a command", s.name, c)
			}
		}
		if got := len(strings.Split(view(r), "\n")); got != frame {
			t.Errorf("%s has %d lines after typing, and had %d", s.name, got, frame)
		}
	}
	if fields < 4 {
		t.Errorf("only %d screens have a field", fields)
	}
}

func TestFooterNamesTheWayOutAtEachWidth(t *testing.T) {
	t.Parallel()
	for _, language := range texts.Languages() {
		p := inLanguage(t, language)
		for _, s := range standings() {
			r := s.in(t, p)
			for _, w := range []int{60, 80, 160} {
				r.Update(tea.WindowSizeMsg{Width: w, Height: 24})
				lines := strings.Split(view(r), "\n")
				foot := lines[len(lines)-1]
				if out := strings.Contains(foot, "esc") || strings.Contains(foot, p.T("quit")) || strings.Contains(foot, p.T("back")); !out || strings.Contains(foot, "…") || len(strings.Split(strings.TrimSpace(ansi.Strip(foot)), "  ")) > 5 {
					t.Errorf("%s at %d in %s: the footer is %q", s.name, w, language, foot)
				}
			}
		}
	}
}

func TestKeyNamesCanBeTyped(t *testing.T) {
	t.Parallel()
	for _, s := range standings() {
		for _, b := range s.open(t).Bindings() {
			for _, k := range b.Keys {
				if keyMsg(t, k).String() != k {
					t.Errorf("%s: %q is no key", s.name, k)
				}
			}
			if b.Label != "" && b.Help == "" && !slices.Contains(b.Keys, "ctrl+c") {
				t.Errorf("%s: %v stands in the footer and not in the help", s.name, b.Keys)
			}
		}
	}
}
