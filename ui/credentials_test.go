package ui

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/wire"
)

// keeper is a server that refuses all, and keeps what it gets.
type keeper struct {
	*httptest.Server
	mu  sync.Mutex
	got strings.Builder
}

func newKeeper(t *testing.T) *keeper {
	t.Helper()
	k := &keeper{}
	k.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		k.mu.Lock()
		_, _ = fmt.Fprintln(&k.got, r.Method, r.URL, r.Header, string(body))
		k.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":"invalid_grant","error_description":"Invalid user credentials"}`)
	}))
	t.Cleanup(k.Close)
	return k
}

func (k *keeper) holds(secret string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return strings.Contains(k.got.String(), secret)
}

// A server that only stands in a pasted command gets the admin's password after a yes, and one that was named without.
func TestFormAsksWhereCredentialsGo(t *testing.T) {
	t.Parallel()
	const secret = "Pla1nted-Secret-4711"
	for name, tt := range map[string]struct {
		key         string
		named, sent bool
	}{"y": {"y", false, true}, "n": {"n", false, false}, "named": {"", true, true}, "enter": {"\r", false, false}, "esc": {"\x1b", false, false}} {
		t.Run(name, func(t *testing.T) {
			k := newKeeper(t)
			r := aRoot(t, practiceOptions().Story)
			if tt.named {
				r.env.Defaults.Practice, r.env.Defaults.URL = false, k.URL
			}
			commandAndAdmin(r, "curl -H 'Authorization: Bearer a.b.c' "+k.URL+"/admin/realms/shop/users", secret)
			cmd := press(r, tea.KeyCtrlR)
			if !tt.named {
				r.shows(t, "appears only in the pasted command", "Send the admin's password to "+k.URL+"?")
				if cmd != nil {
					t.Fatal("it begins before the answer")
				}
				switch tt.key {
				case "\r":
					cmd = press(r, tea.KeyEnter)
				case "\x1b":
					cmd = press(r, tea.KeyEsc)
					r.shows(t, "What fails?")
				default:
					cmd = typed(r, tt.key)
				}
			}
			do(t, r, cmd)
			if k.holds(secret) != tt.sent {
				t.Errorf("sent: %v", !tt.sent)
			}
			if name == "n" {
				r.Update(tea.WindowSizeMsg{Width: 80, Height: 200})
				r.shows(t, "Not sent to "+k.URL+": the admin's password")
				if said := frame(r); strings.Contains(said, "--url") {
					t.Error(said)
				}
			}
		})
	}
}

// The connect form offers what was given for a server to that server alone, and forgets what was typed for another.
func TestFormKeepsLoginsToTheirServer(t *testing.T) {
	t.Parallel()
	const secret = "Pla1nted-Secret-4711"
	home, other := serve(t), serve(t)
	r := aForm(t, Options{Story: story.Options{URL: home.web.URL, Credentials: keycloak.Credentials{User: "admin", Password: wire.NewSecret(secret)}}})
	look := func(url string) {
		t.Helper()
		press(r, tea.KeyCtrlU)
		typed(r, url)
		do(t, r, press(r, tea.KeyEnter))
		r.shows(t, "Keycloak found at "+url)
	}
	look(home.web.URL)
	r.shows(t, "Password given already")
	press(r, tea.KeyShiftTab) // from the button to the code
	press(r, tea.KeyShiftTab)
	typed(r, "typed for home")
	r.shows(t, "Password ▸ **************")
	press(r, tea.KeyEsc)
	look(other.web.URL)
	if f := frame(r); strings.Contains(f, "given already") || strings.Contains(f, "**") {
		t.Errorf("another server gets it:\n%s", f)
	}
}
