package ui

import (
	"net"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// TestWatchScreen watches two calls: the list says who was stopped where and why, the roles are those of what was called, and after the
// end nothing listens.
func TestWatchScreen(t *testing.T) {
	t.Parallel()
	r := aRoot(t, practiceOptions().Story)
	v := atWatching(r)
	r.Screen = v
	shows := func(all ...string) {
		t.Helper()
		frame := ansi.Strip(view(r))
		for _, text := range all {
			if !strings.Contains(strings.Join(strings.Fields(frame), " "), text) {
				t.Errorf("%q is not in\n%s", text, frame)
			}
		}
	}
	shows("2 calls", "200 GET /admin/realms/{realm}/users", "admin-cli", "401 GET /admin/realms/{realm}/users ✗ identity", "x stop")
	typed(r, "f")
	if frame := ansi.Strip(view(r)); strings.Contains(frame, "200 GET") {
		t.Errorf("a call that passed is among the refused ones:\n%s", frame)
	}
	shows("only the refused ones", "401 GET", "What the call carries as its access token is not a JWT.")
	typed(r, "f")
	press(r, tea.KeyEnter)
	shows("the client admin-cli of the realm master takes view-users", "GET /admin/realms/{realm}/users 1 × 200")
	press(r, tea.KeyEsc)
	_, address, _ := strings.Cut(ansi.Strip(view(r)), "http://")
	address, _, _ = strings.Cut(address, " ")
	press(r, tea.KeyEsc)
	shows("Still listening at http://"+address, "▸ [ Start ]")
	r.Screen = v
	shows("2 calls")
	typed(r, "x")
	r.Update(press(r, tea.KeyEnter)().(tea.BatchMsg)[0]())
	shows("Watch stopped", "2 calls", "n watch again")
	if c, err := net.Dial("tcp", address); err == nil {
		_ = c.Close()
		t.Errorf("something listens at %s after the end", address)
	}
}
