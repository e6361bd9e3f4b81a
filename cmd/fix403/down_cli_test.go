package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// downScene is a server with the realms of runs of this machine: walk-a and walk-b.
func downScene(t *testing.T) (base string, realms func() string) {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	base, _ = anAdminServer(t, "")
	for _, name := range []string{"walk-a", "walk-b"} {
		if code, out, errs := atTerminal(t, false, "", nil, "run", "--url", base, "--realm", name); code != exitOK {
			t.Fatalf("%d\n%s%s", code, out, errs)
		}
	}
	return base, func() string {
		var names []string
		for _, name := range []string{"403-forbidden-fix", "walk-a", "walk-b"} {
			if res, err := http.Get(base + "/realms/" + name); err != nil {
				t.Fatal(err)
			} else if res.Body.Close(); res.StatusCode == http.StatusOK {
				names = append(names, name)
			}
		}
		return strings.Join(names, " ")
	}
}

func contains(t *testing.T, where, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("%s does not say %q:\n%s", where, w, text)
		}
	}
}

func TestDownOfOneRealm(t *testing.T) {
	base, realms := downScene(t)
	code, out, errs := atTerminal(t, false, "", nil, "down", "--url", base, "--realm", "walk-b", "--dry-run")
	if code != exitOK || realms() != "walk-a walk-b" {
		t.Errorf("%d, %s left\n%s%s", code, realms(), out, errs)
	}
	contains(t, "the dry run", out, "walk-b: would be removed: created by fix403")
	if code, out, errs = atTerminal(t, false, "", nil, "down", "--url", base, "--realm", "walk-b", "--yes"); code != exitOK || realms() != "walk-a" {
		t.Errorf("%d, %s left\n%s%s", code, realms(), out, errs)
	}
	if code, _, errs = atTerminal(t, false, "", nil, "down", "--url", base, "--realm", "walk-a", "--all", "--yes"); code != exitUsage {
		t.Errorf("%d %s", code, errs)
	}
	if code, out, _ = atTerminal(t, false, "", nil, "down", "--url", base, "--all", "--yes"); code != exitOK || realms() != "" {
		t.Errorf("%d, %s left\n%s", code, realms(), out)
	}
}

func TestDownNamesWhatGoes(t *testing.T) {
	base, realms := downScene(t)
	code, out, errs := atTerminal(t, true, "n\n", nil, "down", "--url", base)
	if code != exitOK || realms() != "walk-a walk-b" {
		t.Errorf("%d, %s left\n%s%s", code, realms(), out, errs)
	}
	contains(t, "the question", errs, "On "+base+": remove the realm walk-a; remove the realm walk-b. Do it? [y/N]")
	if code, out, errs = atTerminal(t, true, "y\n", nil, "down", "--url", base); code != exitOK || realms() != "" {
		t.Errorf("%d, %s left\n%s%s", code, realms(), out, errs)
	}
}

// Without an address it goes through the journal, on a terminal, and asks before a login is sent anywhere.
func TestDownOfAllServers(t *testing.T) {
	base, realms := downScene(t)
	code, _, errs := atTerminal(t, false, "", nil, "down", "--yes")
	if code != exitUsage {
		t.Errorf("%d %s", code, errs)
	}
	contains(t, "the error", errs, base, "--url")
	code, out, errs := atTerminal(t, true, "n\n", nil, "down", "--yes")
	if code != exitOK || realms() != "walk-a walk-b" {
		t.Errorf("%d, %s left\n%s%s", code, realms(), out, errs)
	}
	contains(t, "the list", out, base, "realm walk-a", "realm walk-b")
	contains(t, "the question", errs, "Log in to "+base+" and check there? [y/N]")
	if strings.Contains(out, "created by") {
		t.Errorf("it looked there without a yes:\n%s", out)
	}
	if code, out, errs = atTerminal(t, true, "y\n", nil, "down", "--yes"); code != exitOK || realms() != "" {
		t.Errorf("%d, %s left\n%s%s", code, realms(), out, errs)
	}
}

// elsewhere has the journal forgotten, as on another machine.
func elsewhere(t *testing.T) { t.Setenv("XDG_STATE_HOME", t.TempDir()) }

func TestDownOnAnotherMachine(t *testing.T) {
	base, realms := downScene(t)
	elsewhere(t)
	args := []string{"down", "--url", base, "--realm", "walk-b"}
	code, out, errs := atTerminal(t, false, "", nil, append(args, "--yes")...)
	if code != exitCheckFailed || realms() != "walk-a walk-b" {
		t.Errorf("%d, %s left\n%s%s", code, realms(), out, errs)
	}
	contains(t, "down", out, "is marked by the run ", "it holds users: 1, clients: 1")
	contains(t, "the error", errs, "Uncertain", "fix403 down --url "+base+" --realm walk-b --any-run")
	code, out, errs = atTerminal(t, true, "n\n", nil, append(args, "--yes")...)
	if code != exitCheckFailed || realms() != "walk-a walk-b" {
		t.Errorf("%d, %s left\n%s%s", code, realms(), out, errs)
	}
	contains(t, "the question", errs, "Remove the realm walk-b anyway, with everything in it? [y/N]")
	if code, out, _ = atTerminal(t, false, "", nil, append(args, "--any-run", "--dry-run")...); code != exitOK || realms() != "walk-a walk-b" {
		t.Errorf("%d, %s left\n%s", code, realms(), out)
	}
	if code, _, errs = atTerminal(t, false, "", nil, append(args, "--any-run")...); code != exitUsage {
		t.Errorf("%d %s", code, errs)
	}
	if code, out, _ = atTerminal(t, false, "", nil, append(args, "--any-run", "--yes")...); code != exitOK || realms() != "walk-a" {
		t.Errorf("%d, %s left\n%s", code, realms(), out)
	}
	if code, out, errs = atTerminal(t, true, "y\n", nil, "down", "--url", base, "--realm", "walk-a", "--yes"); code != exitOK || realms() != "" {
		t.Errorf("%d, %s left\n%s%s", code, realms(), out, errs)
	}
}

// A clean-up at the end of a run has nobody to ask.
func TestRunDoesNotCleanUpTheRealmOfAnotherMachine(t *testing.T) {
	base, realms := downScene(t)
	elsewhere(t)
	code, out, errs := atTerminal(t, false, "", nil, "run", "--url", base, "--realm", "walk-b", "--cleanup")
	if code != exitOK || realms() != "walk-a walk-b" {
		t.Errorf("%d, %s left\n%s%s", code, realms(), out, errs)
	}
	contains(t, "run", out, "The realm walk-b stays", "To remove it: fix403 down --url "+base+" --realm walk-b")
}

// journalLine adds a line to the journal.
func journalLine(t *testing.T, line string) (path string) {
	t.Helper()
	path = filepath.Join(os.Getenv("XDG_STATE_HOME"), "fix403", "journal.jsonl")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(line + "\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// What cannot be read is skipped, said, and kept; the rest is removed.
func TestDownPastDamage(t *testing.T) {
	base, realms := downScene(t)
	path := journalLine(t, strings.Repeat(`{"event":"intent","run":"r","server":"`+base+`","kind":"realm","realm":"../x","name":"../x"}`+"\n\x00\x01\x02\n", 2))
	code, out, errs := atTerminal(t, false, "", nil, "down", "--url", base, "--yes")
	if code != exitCheckFailed || realms() != "" {
		t.Errorf("%d, %s left\n%s%s", code, realms(), out, errs)
	}
	contains(t, "the error", errs, path, "cannot be read: 4", path+".damaged-1")
	if _, err := os.Stat(path + ".damaged-1"); err != nil {
		t.Error(err)
	}
	if code, out, errs = atTerminal(t, false, "", nil, "down", "--url", base, "--yes"); code != exitOK {
		t.Errorf("again: %d\n%s%s", code, out, errs)
	}
}

// In doubt is not done: a script must see it, in JSON too.
func TestDownInDoubtIsNotDone(t *testing.T) {
	base, _ := downScene(t)
	text, err := os.ReadFile(journalLine(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n") // the intent of walk-a, a moment ago
	journalLine(t, strings.ReplaceAll(strings.ReplaceAll(first, "walk-a", "late"), `"run":"`, `"run":"x`))
	code, out, _ := atTerminal(t, false, "", nil, "down", "--url", base, "--yes", "--json")
	var report struct {
		InDoubt  bool `json:"in_doubt"`
		Removals []struct {
			Name    string
			Removed bool
			InDoubt bool `json:"in_doubt"`
		}
		Error struct{ Kind, Message, Hint string }
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if code != exitCheckFailed || !report.InDoubt || report.Error.Kind != "in-doubt" || !strings.Contains(report.Error.Hint, "fix403 down --url "+base) {
		t.Errorf("%d %+v", code, report)
	}
	i := slices.IndexFunc(report.Removals, func(r struct {
		Name    string
		Removed bool
		InDoubt bool `json:"in_doubt"`
	}) bool {
		return r.Name == "late"
	})
	if i < 0 || report.Removals[i].Removed || !report.Removals[i].InDoubt {
		t.Errorf("%s", out)
	}
}
