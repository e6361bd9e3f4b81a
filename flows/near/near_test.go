package near

import (
	"slices"
	"testing"
)

func TestOf(t *testing.T) {
	for _, c := range []struct {
		word        string
		among, want []string
	}{
		{"docter", []string{"doctor", "down", "demo"}, []string{"doctor"}},
		{"rlm", []string{"realm", "url", "timeout"}, []string{"realm"}},
		{"vew-users", []string{"view-users", "view-realm"}, []string{"view-users"}},
		{"old-token", []string{"old-token-after-grant", "old-token-after-revoke", "no-token"}, []string{"old-token-after-grant", "old-token-after-revoke"}},
		{"Wizrad", []string{"wizard"}, []string{"wizard"}},
		{"nope", []string{"run", "lab", "token"}, nil},
		{"", []string{"run"}, nil},
	} {
		if got := Of(c.word, c.among); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.word, got, c.want)
		}
	}
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "abc", 3}, {"rlm", "realm", 2}, {"wizrad", "wizard", 1}, {"kitten", "sitting", 3}, {"same", "same", 0}} {
		if got := Distance(c.a, c.b); got != c.want {
			t.Errorf("%s, %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
