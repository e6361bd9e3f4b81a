package ui

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	flowstory "fix403/flows/story"

	"github.com/charmbracelet/x/ansi"
)

// click presses the left button on a text of the screen.
func (x *terminal) click(text string) {
	x.t.Helper()
	for y, line := range strings.Split(x.text(), "\n") {
		if i := strings.Index(line, text); i >= 0 {
			x.press(fmt.Sprintf("\x1b[<0;%d;%dM\x1b[<0;%[1]d;%[2]dm", ansi.StringWidth(line[:i])+1, y+1))
			return
		}
	}
	x.t.Fatalf("there is no %q on\n%s", text, x.text())
}

func TestMouse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := practiceOptions()
		o.Mouse = true
		x := start(t, 80, 24, o)
		x.click("My Keycloak")
		x.wants("▸ My Keycloak")
		x.click("[ Start ]")
		x.wants("Connect to your Keycloak")
		x.click("CA certificate (optional)")
		x.wants("a PEM file")
		x.click("esc back") // in the footer
		x.wants("your own failing call")
		x.click("Practice")
		x.click("enter start")
		x.wants(of(flowstory.StepConnect))
		x.click("[ Connect ]") // the focus is on the question: enter goes on
		x.press("tab")
		for !strings.Contains(x.text(), "✗ 403 Forbidden") {
			x.press("enter")
		}
		x.click("w wire")
		calls := len(x.root().runs.Story().Exchanges())
		get, post := fmt.Sprintf("▸ %d GET", calls), fmt.Sprintf("%d POST", calls-3)
		x.wants(get)
		x.click(post)
		x.wants("▸ "+post, "client_secret=***")
		before := x.text()
		x.press("\x1b[<65;10;10M") // the wheel: the next exchange
		x.wants(fmt.Sprintf("▸ %d GET", calls-2))
		x.press("\x1b[<64;10;10M")
		if x.text() != before {
			t.Errorf("the wheel does not go back:\n%s", x.text())
		}
		x.click("? keys")
		x.wants("Keys on this screen")
		x.press("\x1b[<65;10;10M", "esc", "esc")
		x.click("[ Next: Grant the missing role ]")
		x.wants(of(flowstory.StepGrant))
		x.click("Grant the missing role") // nothing to click
		x.wants(of(flowstory.StepGrant))
		if !strings.Contains(x.raw.String(), "\x1b[?1002h") {
			t.Error("the mouse was not asked for")
		}
		x.press("ctrl+c")
		x.end()
	})
}

func TestMouseInTheLab(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := practiceOptions()
		o.Mouse = true
		x := start(t, 80, 24, o)
		x.press("down", "down", "enter")
		lines := strings.Split(x.text(), "\n")
		row := strings.TrimSpace(lines[7])
		x.click(row)
		if at := strings.Split(x.text(), "\n")[7]; !strings.Contains(at, "▸") {
			t.Errorf("the row %q is not marked in\n%s", row, x.text())
		}
		x.click(strings.TrimSpace(strings.Split(x.text(), "\n")[7]))
		x.wants("of 31  ", "Guess first")
		x.press("ctrl+c")
		x.end()
	})
}

func TestMouseIsOnlyAskedForByTheFlag(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		x.press("ctrl+c")
		x.end()
		for _, mode := range []string{"\x1b[?1000h", "\x1b[?1002h", "\x1b[?1003h", "\x1b[?1006h"} {
			if strings.Contains(x.raw.String(), mode) {
				t.Errorf("%q was written", mode)
			}
		}
	})
}
