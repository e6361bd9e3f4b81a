package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fix403/keycloak/practice"
)

// ctrl+c in the middle of a creating call: exit code 130, the journal knows of the intent, and down finds the rest.
func TestInterruptedRun(t *testing.T) {
	p, err := practice.New(practice.Options{AdminPassword: adminPassword})
	if err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	acted := make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ctx.Err() == nil && r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/clients") {
			p.ServeHTTP(httptest.NewRecorder(), r)
			interrupt()
			close(acted)
			panic(http.ErrAbortHandler)
		}
		p.ServeHTTP(w, r)
	}))
	defer web.Close()
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	env := map[string]string{"FIX403_ADMIN_PASSWORD": adminPassword, "XDG_CONFIG_HOME": t.TempDir()}
	var out, errs bytes.Buffer
	a := &app{streams: streams{in: strings.NewReader(""), out: &out, err: &errs}, getenv: func(k string) string { return env[k] }}
	if got := a.execute(ctx, []string{"run", "--url", web.URL}); got != exitInterrupted {
		t.Fatalf("exit code %d\n%s%s", got, &out, &errs)
	}
	<-acted
	journal, err := os.ReadFile(filepath.Join(state, "fix403", "journal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(journal)), "\n")
	if last := lines[len(lines)-1]; !strings.Contains(last, `"event":"intent"`) || !strings.Contains(last, `"kind":"client"`) {
		t.Errorf("the journal ends with %s", last)
	}
	if !strings.Contains(out.String(), "fix403 down --url") {
		t.Errorf("it does not say how to remove the rest:\n%s", &out)
	}
	a = &app{streams: streams{in: strings.NewReader(""), out: &out, err: &errs}, getenv: func(k string) string { return env[k] }}
	if got := a.execute(t.Context(), []string{"down", "--url", web.URL, "--yes"}); got != exitOK {
		t.Fatalf("down: %d\n%s", got, &errs)
	}
	if !strings.Contains(out.String(), "Removed the realm 403-forbidden-fix.") {
		t.Errorf("%s", &out)
	}
}

// For practice ctrl+c is the ordinary end.
func TestPracticeServesUntilInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	read, write := io.Pipe()
	var errs bytes.Buffer
	a := &app{streams: streams{in: strings.NewReader(""), out: write, err: &errs}, getenv: func(string) string { return "" }}
	code := make(chan int, 1)
	go func() {
		code <- a.execute(ctx, []string{"practice", "--port", "0"})
		write.Close()
	}()
	lines := bufio.NewScanner(read)
	url := ""
	for lines.Scan() {
		if after, found := strings.CutPrefix(strings.TrimSpace(lines.Text()), "http://"); found && url == "" {
			url = "http://" + after
		}
		if strings.HasPrefix(lines.Text(), "ctrl+c") {
			break
		}
	}
	res, err := http.Get(url + "/realms/master")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("status %d", res.StatusCode)
	}
	interrupt()
	go func() { _, _ = io.Copy(io.Discard, read) }()
	if got := <-code; got != exitOK {
		t.Errorf("exit code %d: %s", got, &errs)
	}
}
