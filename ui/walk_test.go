package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	flowstory "fix403/flows/story"
	"fix403/flows/versions"
)

// eachScreen walks from home to the summary by keys alone and calls at for each screen with its name.
func eachScreen(x *terminal, at func(name string)) {
	at("home")
	x.press("enter")
	for _, step := range flowstory.Steps() {
		id := string(step.ID)
		at(id + "-question")
		for range step.Questions {
			x.press("enter")
		}
		x.press("enter") // the step
		at(id + "-passed")
		if id == "first-call" || id == "second-call" {
			x.press("w")
			at(id + "-wire")
			x.press("t")
			at(id + "-token")
			x.press("esc", "e", "tab", "enter")
			at(id + "-edited-url")
			x.press("esc")
		}
		x.press("enter") // on
	}
	at("summary")
}

func TestWalkFromHomeToSummary(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		for _, colour := range []string{"dark", "none"} {
			t.Run(fmt.Sprintf("%dx%d/%s", size[0], size[1], colour), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					o := practiceOptions()
					o.NoColor = colour == "none"
					x := start(t, size[0], size[1], o)
					eachScreen(x, func(name string) {
						if size[0] == 80 {
							x.golden("80x24/" + name)
						}
						if size[0] == 120 && strings.HasSuffix(name, "-passed") {
							x.wants("Authorization: Bearer ***", "The token's roles") // the wire has a column of its own
						}
					})
					x.wants("403 Forbidden     stopped at the gate role", "a new token, after      200 OK")
					x.press("q")
					res := x.end()
					if !res.Finished || res.Interrupted || !strings.Contains(res.Summary, "is discarded when you quit") {
						t.Errorf("the result is %+v", res)
					}
					coloured := strings.Contains(x.raw.String(), "\x1b[38;") || strings.Contains(x.raw.String(), ";38;") || strings.Contains(x.raw.String(), "\x1b[3")
					if o.NoColor && coloured {
						t.Error("colours were written")
					}
				})
			})
		}
	}
}

func TestEnterAloneTakesFewKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		keys, enough := 0, 4+3*len(flowstory.Steps())
		for ; keys <= enough && !strings.Contains(x.text(), "Scripts and CI"); keys++ {
			x.press("enter")
		}
		if keys > enough {
			t.Errorf("%d keys were not enough:\n%s", keys, x.text())
		}
		x.press("q")
		if !x.end().Finished {
			t.Error("not finished")
		}
	})
}

func TestNoFrameIsLargerThanTheWindow(t *testing.T) {
	t.Parallel()
	sizes := [][2]int{{1, 1}, {20, 5}, {59, 30}, {60, 16}, {76, 17}, {80, 24}, {100, 30}, {118, 20}, {160, 50}}
	synctest.Test(t, func(t *testing.T) {
		o := practiceOptions()
		o.Story.As = "24.0.5"
		o.Story.Params.Realm = "領域-" + strings.Repeat("長い名前", 12)
		x := start(t, 80, 24, o)
		at := func(name string) {
			for _, size := range append(sizes, [2]int{80, 24}) {
				x.program.Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				x.settle()
				frame := x.root().View()
				lines := strings.Split(frame, "\n")
				if len(lines) > size[1] {
					t.Fatalf("%s at %v: %d lines:\n%s", name, size, len(lines), frame)
				}
				for _, line := range lines {
					if w := ansi.StringWidth(line); w > size[0] {
						t.Fatalf("%s at %v: a line of %d cells: %q in\n%s", name, size, w, line, frame)
					}
				}
				if small := size[0] < 60; small == strings.Contains(ansi.Strip(frame), "fix403  ") {
					t.Errorf("%s at %v draws\n%s", name, size, frame)
				}
			}
		}
		eachScreen(x, at)
		x.press("p")
		at("script")
		x.press("esc", "f1")
		at("help")
		for !strings.Contains(x.text(), "your own failing call") { // back home
			x.press("esc")
		}
		x.press("down", "down", "enter")
		at("lab list")
		x.press("enter", "1")
		at("experiment question")
		x.press("enter")
		waitFor(x, "Observed")
		at("experiment")
		x.press("w")
		at("experiment wire")
		x.press("esc", "s")
		at("lab summary")
		x.press("ctrl+c")
		x.end()
	})
}

func TestSmallWindowSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 59, 16, practiceOptions())
		x.wants("fix403 needs a window", "60 columns, 16 lines")
		x.press("enter") // does nothing unseen
		x.program.Send(tea.WindowSizeMsg{Width: 60, Height: 16})
		x.settle()
		x.wants("Practice")
		x.press("ctrl+c")
		x.end()
	})
}

func TestVersionIsChosenAtHome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		for range slices.Index(versions.All(), "24.0.5") {
			x.press("right")
		}
		x.wants("as 24.0.5")
		x.until("Scripts and CI")
		x.wants("the old token, after    403 Forbidden     stopped at the gate role", "a new token, after      200 OK")
		x.press("ctrl+c")
		if res := x.end(); !res.Interrupted || !res.Finished {
			t.Errorf("%+v", res)
		}
	})
}

func TestGuessIsHeldAgainstWhatHappened(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		x.press("enter", "2", "enter")
		x.wants("You guessed: in the realm that will be created. It is: in the master realm.")
		x.press("enter", "down", "down", "enter", "enter")
		x.wants("You guessed right: disabled.")
		x.press("ctrl+c")
		x.end()
	})
}

func TestBackKeepsAnswersAndUndoReopens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		x.press("enter", "enter", "enter", "enter") // at the realm
		x.press("tab", "-mine", "esc")              // named, and back
		x.wants("Found a Keycloak")
		x.press("enter")
		x.wants("403-forbidden-fix-mine", of(flowstory.StepRealm))
		x.press("enter", "enter")
		x.wants("Created the realm 403-forbidden-fix-mine")
		x.press("u")
		x.wants("Undo this step and all later ones?", "• the realm 403-forbidden-fix-mine", "[ Yes, do it ]")
		x.golden("80x24/realm-undo")
		x.press("u") // does not answer
		x.wants("Undo this step and all later ones?")
		x.press("y")
		x.wants("Removed the realm 403-forbidden-fix-mine.", of(flowstory.StepRealm))
		x.press("tab", "tab", "tab", "c")
		x.press("ctrl+c")
		if res := x.end(); res.Finished || !strings.Contains(res.Summary, "removed") {
			t.Errorf("%+v", res)
		}
	})
}

func TestNextIsLockedUntilTheCheckPassed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		x.press("enter", "n")
		x.wants("The next step opens when this one has passed.", of(flowstory.StepConnect))
		x.press("e", "u") // keys of other steps
		x.wants(of(flowstory.StepConnect))
		x.press("ctrl+c")
		x.end()
	})
}

func TestLettersInAFieldAreText(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		x.press("enter", "enter", "enter", "enter", "tab", "ctrl+u")
		for _, letter := range strings.Split("q?ewtbcun1+-", "") {
			x.press(letter)
		}
		x.wants("▸ q?ewtbcun1+-", of(flowstory.StepRealm))
		x.press("f3")
		x.wants("Nothing has been sent in this step yet.")
		x.press("f3", "f1")
		x.wants("Keys on this screen")
		x.press("esc", "enter", "enter")
		x.wants("has a character that causes trouble in URLs")
		x.press("ctrl+c")
		x.end()
	})
}

func TestClientSecretIsShownOnlyOnRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		x.until("Scripts and CI")
		secret := x.root().runs.Story().ClientSecret().Reveal()
		if strings.Contains(x.raw.String(), secret) {
			t.Error("the secret was written before anybody asked")
		}
		x.press("y")
		x.wants("sent to the clipboard")
		if !strings.Contains(x.raw.String(), "\x1b]52;c;") {
			t.Error("nothing was sent to the clipboard")
		}
		x.lacks(secret[:20])
		x.press("s")
		x.wants(secret[:50], secret[76:]) // it is longer than the line
		x.press("s")
		x.lacks(secret[:20])
		x.press("ctrl+c")
		if res := x.end(); strings.Contains(res.Summary, secret) {
			t.Error("the summary holds the secret")
		}
	})
}

func TestScriptIsSavedAndNothingOverwritten(t *testing.T) {
	t.Chdir(t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		x.until("Scripts and CI")
		x.press("p")
		x.wants("#!/bin/sh")
		x.press("f")
		x.wants("Saved as fix403-story.sh")
		x.press("f")
		x.wants("already")
		x.press("ctrl+c")
		x.end()
	})
}

func TestSummaryTellsOfEveryServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		x.press("enter", "enter", "enter", "enter", "enter", "enter") // up to the realm
		x.wants("Created the realm")
		x.press("esc", "esc", "right", "enter", "enter", "enter") // another version, connected
		x.wants("Found a Keycloak")
		x.press("ctrl+c")
		if res := x.end(); strings.Count(res.Summary, "fix403 on the practice server") != 2 || !strings.Contains(res.Summary, "403-forbidden-fix") {
			t.Errorf("the summary is %s", res.Summary)
		}
	})
}
