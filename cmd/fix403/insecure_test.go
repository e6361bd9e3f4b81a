package main

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"fix403/keycloak/practice"
)

// --insecure warns each time: on stderr, and in the JSON document, when the command fails, too.
func TestInsecureWarnsInEveryCommand(t *testing.T) {
	t.Parallel() // most of it is waiting for servers that are not there
	p, err := practice.New(practice.Options{AdminPassword: adminPassword})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewTLSServer(p)
	defer web.Close()
	const warns = "certificate is not checked"
	warnings := func(t *testing.T, out string) []string {
		t.Helper()
		var doc struct{ Warnings []string }
		if err := json.Unmarshal([]byte(out), &doc); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return doc.Warnings
	}
	nobody := "https://127.0.0.1:1"
	doctor := []string{"doctor", "--client-id", "c", "--realm", "r", "--call", "GET /admin/realms/r/users"}
	var wait sync.WaitGroup // where nobody answers they try again for a while
	for _, tt := range []struct {
		command []string
		url     string
	}{
		{[]string{"run", "--cleanup"}, web.URL}, {[]string{"run"}, nobody}, {[]string{"lab", "no-token"}, web.URL}, {[]string{"down", "--yes"}, web.URL},
		{[]string{"roles", "--live"}, nobody}, {doctor, web.URL}, {doctor, nobody},
	} {
		wait.Go(func() {
			_, out, errs := atTerminal(t, false, "", nil, append(slices.Clip(tt.command), "--insecure", "--json", "--url", tt.url)...)
			if said := warnings(t, out); strings.Count(errs, "Warning:") != 1 || !strings.Contains(errs, warns) || len(said) != 1 || !strings.Contains(said[0], warns) {
				t.Errorf("%s on %s: %q\n%s", tt.command, tt.url, said, errs)
			}
		})
	}
	wait.Wait()
	_, out, errs := atTerminal(t, false, "", nil, append(doctor, "--json", "--url", web.URL)...)
	if said := warnings(t, out); len(said) > 0 || strings.Contains(errs, "Warning") {
		t.Errorf("without --insecure: %q\n%s", said, errs)
	}
	_, _, errs = atTerminal(t, false, "quit\n", nil, "wizard", "--plain", "--insecure")
	if !strings.Contains(errs, warns) {
		t.Errorf("wizard: %s", errs)
	}
	_, out, errs = atTerminal(t, false, "", nil, "run", "--practice", "--insecure", "--json")
	if len(warnings(t, out)) > 0 || strings.Contains(errs, warns) {
		t.Errorf("the practice server has no certificate: %s", errs)
	}
}
