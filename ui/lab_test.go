package ui

import (
	"strings"
	"testing"
	"testing/synctest"

	"fix403/flows/lab"
)

// inLab opens the list of experiments from the home screen.
func inLab(x *terminal) {
	x.press("down", "down")
	x.wants("▸ Lab")
	x.press("enter")
	x.wants("31 experiments")
}

// open goes to an experiment from the list.
func open(x *terminal, id string) {
	x.t.Helper()
	for range 4 { // a page is 10
		x.press("pgup")
	}
	for _, e := range lab.Experiments() {
		if e.ID == id {
			x.press("enter")
			return
		}
		x.press("down")
	}
	x.t.Fatalf("there is no experiment %s", id)
}

func TestLabScreens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		inLab(x)
		x.golden("80x24/lab-list")
		open(x, "expired-token")
		x.golden("80x24/lab-question")
		x.press("2")
		x.press("enter")
		waitFor(x, "Observed")
		x.golden("80x24/lab-passed")
		x.press("w")
		x.golden("80x24/lab-wire")
		x.press("t")
		x.wants("Claims", "expired")
		x.press("b")
		x.wants("by hand", "sleep 300")
		x.press("esc", "s")
		x.golden("80x24/lab-summary")
		x.press("esc", "esc")
		x.wants("✗ wrong", "1 of 31 run, 0 of 1 predictions right")
		x.press("esc")
		x.wants("The realm of the lab has been removed.", "you predicted", "403: the caller is known, but not allowed", "401: the caller is unknown", "An expired token gets 401")
		x.press("enter", "q")
		if res := x.end(); !strings.Contains(res.Summary, "An expired token gets 401") || !strings.Contains(res.Summary, "1 run: 1 as measured") {
			t.Errorf("the summary is %q", res.Summary)
		}
	})
}

// waitFor lets fake time go on until a text is shown.
func waitFor(x *terminal, text string) {
	x.t.Helper()
	for range 400 {
		if strings.Contains(x.text(), text) {
			return
		}
		x.settle()
	}
	x.t.Fatalf("%q is never shown:\n%s", text, x.text())
}

func TestTwoVersionsAreShownSideBySide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		inLab(x)
		open(x, "old-token-after-grant")
		x.press("1", "enter")
		waitFor(x, "Observed: 200")
		x.wants("✓ You predicted it: 200: it works.")
		for !strings.Contains(x.text(), "< as Keycloak 24.0.5 >") {
			x.press("right")
		}
		x.wants("Guess first", "26.7.4: 200") // asked anew, since the answer may be another
		x.press("enter", "enter")
		waitFor(x, "Observed: 403")
		x.wants("24.0.5 ", "✗ 403 Forbidden", "26.7.4 ", "→ 200 OK", "As measured on this version.")
		x.golden("80x24/lab-side-by-side")
		x.press("ctrl+c")
		x.end()
	})
}

func TestAllExperimentsAreRunWithABar(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 120, 40, practiceOptions())
		inLab(x)
		x.press("a")
		waitFor(x, "████")
		x.wants("of 31")
		waitFor(x, "31 run: 31 as measured, 0 different, 0 not measured.")
		x.lacks("not run")
		x.press("a")
		x.wants("All experiments have been run on this version.")
		x.press("ctrl+c")
		x.end()
	})
}

func TestRunningAllIsCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		inLab(x)
		x.press("a")
		waitFor(x, "An expired token  ") // the list
		waitFor(x, "5 of 31")
		x.press("esc")
		waitFor(x, "Cancelled. What was seen so far stays.")
		x.wants("○ seen")
		for range 60 {
			x.settle()
		}
		x.press("esc")
		x.wants("5 run: 5 as measured") // and no other went on
		x.press("ctrl+c")
		x.end()
	})
}

func TestQuestionIsInViewInASmallWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 60, 16, practiceOptions())
		inLab(x)
		open(x, "old-token-after-grant")
		x.wants("1 200: it works", "3 403: the caller is known")
		x.press("esc", "down", "enter")
		x.wants("3 403: the caller is known")
		x.press("ctrl+c")
		x.end()
	})
}

func TestUnmeasuredIsSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		inLab(x)
		for !strings.Contains(x.text(), "< as Keycloak 26.8.2") { // documented, not measured
			x.press("right")
		}
		open(x, "no-token")
		x.press("enter", "enter")
		waitFor(x, "Observed: 401")
		x.wants("? Not measured on this version, but", "26.7.4, the nearest measured version,", "answers the same.")
		x.press("s")
		x.wants("1 run: 0 as measured, 0 different, 1 not measured.")
		x.press("ctrl+c")
		x.end()
	})
}

func TestExperimentIsCancelledAndRunAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		inLab(x)
		open(x, "expired-token")
		x.press("3", "enter")
		x.wants("An expired token", "esc cancels")
		x.press("enter") // no second run
		x.press("esc")
		waitFor(x, "Cancelled. Enter runs it again.")
		x.wants("● 3 200: the role is there") // the prediction is kept
		x.press("enter")
		waitFor(x, "Observed: 401")
		x.wants("✗ You predicted: 200: the role is there. It is: 401: the caller is unknown")
		x.press("r", "esc", "esc") // left without waiting
		x.wants("of 31 run")
		x.press("enter")
		x.wants("Observed: 401") // of the run before
		x.press("ctrl+c")
		x.end()
	})
}
