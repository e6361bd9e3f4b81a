package journal

import (
	"os"
	"strings"
	"testing"
)

func TestOutstanding(t *testing.T) {
	client := Entry{Run: "1", Server: "http://localhost:8080", Kind: "client", Realm: "shop", Name: "app"}
	user := Entry{Run: "1", Server: "http://localhost:8080", Kind: "user", Realm: "shop", Name: "jane"}
	is := func(e Entry, change func(*Entry)) Entry { change(&e); return e }
	event := func(e Entry, event, id string) Entry { e.Event, e.ID = event, id; return e }
	realm := Entry{Run: "1", Server: "http://localhost:8080", Kind: "realm", Realm: "shop", Name: "shop"}
	grant := Entry{Run: "doctor", Server: "http://localhost:8080", Kind: "grant", Realm: "shop", Name: "view-users", Container: "realm-management"}
	for name, c := range map[string]struct {
		lines []Entry
		want  string
	}{
		"an intent may have come about":               {[]Entry{event(client, "intent", "")}, "client app intent"},
		"one that did not":                            {[]Entry{event(client, "intent", ""), event(client, "not-done", "")}, ""},
		"a second try that did not":                   {[]Entry{event(user, "confirmed", "u"), event(user, "intent", ""), event(user, "confirmed", "u"), event(user, "intent", ""), event(user, "not-done", "")}, "user jane confirmed u"},
		"a second try after a confirmation":           {[]Entry{event(user, "intent", ""), event(user, "confirmed", "u"), event(user, "intent", "")}, "user jane intent u"},
		"what another run did not do stays":           {[]Entry{event(user, "intent", ""), event(is(user, func(e *Entry) { e.Run = "2" }), "not-done", "")}, "user jane intent"},
		"all goes with the realm":                     {[]Entry{event(realm, "intent", ""), event(client, "intent", ""), event(user, "intent", ""), event(realm, "removed", "")}, ""},
		"roles go with the client":                    {[]Entry{event(client, "intent", ""), event(is(grant, func(e *Entry) { e.Client, e.Run = "app", "1" }), "intent", ""), event(user, "intent", ""), event(client, "removed", "")}, "user jane intent"},
		"not those that another run announced":        {[]Entry{event(client, "intent", ""), event(is(grant, func(e *Entry) { e.Client = "app" }), "intent", ""), event(client, "removed", "")}, "grant view-users intent"},
		"the second of two at once":                   {[]Entry{event(realm, "intent", ""), event(is(realm, func(e *Entry) { e.Run = "2" }), "intent", ""), event(is(realm, func(e *Entry) { e.Run = "2" }), "not-done", ""), event(realm, "confirmed", "shop")}, "realm shop confirmed shop"},
		"a confirmation without an intent":            {[]Entry{event(user, "confirmed", "u")}, "user jane confirmed u"},
		"other names of the loopback":                 {[]Entry{event(is(client, func(e *Entry) { e.Server = "http://127.0.0.1:8080" }), "intent", ""), event(is(client, func(e *Entry) { e.Server = "http://[::1]:8080/" }), "confirmed", "c")}, "client app confirmed c"},
		"another port":                                {[]Entry{event(is(client, func(e *Entry) { e.Server = "http://localhost:8081" }), "intent", "")}, ""},
		"another host":                                {[]Entry{event(is(client, func(e *Entry) { e.Server = "http://sso.example.com:8080" }), "intent", "")}, ""},
		"the same role for two persons":               {[]Entry{event(grant, "confirmed", "u1"), event(grant, "intent", "u1"), event(grant, "intent", "u2")}, "grant view-users intent u1, grant view-users intent u2"},
		"roles of one name of two clients":            {[]Entry{event(is(grant, func(e *Entry) { e.Client = "app" }), "intent", ""), event(is(grant, func(e *Entry) { e.Client, e.Container = "app", "other" }), "intent", "")}, "grant view-users intent, grant view-users intent"},
		"one person's role taken back, not the other": {[]Entry{event(grant, "intent", "u1"), event(grant, "intent", "u2"), event(grant, "removed", "u1")}, "grant view-users intent u2"},
	} {
		t.Run(name, func(t *testing.T) {
			j := Open(t.TempDir())
			for _, e := range c.lines {
				if err := j.Write(e.Event, e); err != nil {
					t.Fatal(err)
				}
			}
			standing, err := j.Outstanding("http://localhost:8080")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range standing {
				got = append(got, strings.TrimSpace(string(e.Kind)+" "+e.Name+" "+e.Event+" "+e.ID))
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A line that the end of the machine cut off takes no other with it.
func TestTornLine(t *testing.T) {
	j := Open(t.TempDir())
	first := Entry{Server: "s", Kind: "realm", Realm: "a", Name: "a"}
	if err := j.Intent(first); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(j.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(j.Path, append(text, text[:len(text)/2]...), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(j.Path, 0o644); err != nil { // whatever the umask
		t.Fatal(err)
	}
	first.Realm, first.Name = "b", "b"
	if err := j.Intent(first); err != nil {
		t.Fatal(err)
	}
	standing, err := j.Outstanding("s")
	if err != nil || len(standing) != 2 || standing[1].Name != "b" {
		t.Errorf("%+v, %v", standing, err)
	}
	if info, err := os.Stat(j.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, mode %v", err, info.Mode())
	}
}
