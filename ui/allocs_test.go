package ui

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

// TestAllocationsOfAView holds each screen, drawn at 160x50 in colour, to the allocations that are recorded of it, with a
// tenth more for the compiler's changes.
func TestAllocationsOfAView(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector allocates too")
	}
	const file = "testdata/allocations.txt"
	recorded := map[string]float64{}
	if !*update {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			var n float64
			count, name, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
			if _, err := fmt.Sscan(count, &n); err != nil {
				t.Fatal(err)
			}
			recorded[name] = n
		}
	}
	var now strings.Builder
	for _, s := range standings() {
		r := s.open(t)
		*r.s.theme = *painted("dark")
		r.Update(tea.WindowSizeMsg{Width: 160, Height: 50})
		n := testing.AllocsPerRun(10, func() { _ = r.View() })
		_, _ = fmt.Fprintf(&now, "%5.0f %s\n", n, s.name)
		if was, known := recorded[s.name]; !*update && (!known || n > was*1.1+10) {
			t.Errorf("%s: %.0f allocations, %.0f are recorded (go test ./ui -run TestAllocations -update, if it must be)", s.name, n, was)
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(now.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
