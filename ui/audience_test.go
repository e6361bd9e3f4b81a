package ui

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	flowstory "fix403/flows/story"
)

// The two halves of the step first-call before a server that asks for the audience: 401, the client scope, then 403.
func TestScreensOfTwoWalls(t *testing.T) {
	t.Parallel()
	sizes := [][2]int{{80, 24}, {160, 50}}
	synctest.Test(t, func(t *testing.T) {
		o := practiceOptions()
		o.Story.As, o.Story.IDSeed = "26.8.2", flowstory.DemoSeed
		x := start(t, 80, 24, o)
		drawn := map[[2]int]*strings.Builder{}
		at := func(name string) {
			for _, size := range sizes {
				x.resize(size[0], size[1])
				if drawn[size] == nil {
					drawn[size] = &strings.Builder{}
				}
				fmt.Fprintf(drawn[size], "== %s ==\n%s\n", name, x.anonymous())
			}
			x.resize(80, 24)
		}
		x.until(of(flowstory.StepFirstCall))
		at("first-call-question")
		x.press("enter", "enter") // the question, and the call
		at("first-call-refused")
		x.wants("? 401 Unauthorized")
		x.press("w")
		at("first-call-refused-wire")
		x.press("t")
		at("first-call-refused-token")
		x.press("b")
		at("first-call-refused-by-hand")
		x.press("esc", "enter") // the client scope, and the call
		at("first-call-passed")
		x.wants("✗ 403 Forbidden")
		x.press("w")
		at("first-call-wire")
		x.press("t")
		at("first-call-token")
		x.wants("before the client scope", "after it")
		x.lacks("before the grant")
		x.press("esc", "enter", "enter", "enter", "enter", "enter", "enter", "enter") // the grant, and the second call
		at("second-call-passed")
		x.press("t")
		at("second-call-token")
		x.wants("before the grant", "after it")
		x.press("esc", "enter")
		at("summary")
		x.press("ctrl+c")
		x.end()
		for _, size := range sizes {
			goldenFile(t, fmt.Sprintf("%dx%d/two-walls", size[0], size[1]), drawn[size].String())
		}
	})
}
