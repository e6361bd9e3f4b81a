//go:build linux

// Command bench measures fix403 beside what people use today, and writes docs/performance.md: the story on a real Keycloak
// by fix403, by a bare net/http program, by curl and jq, by the Node and the Python admin client and by kcadm.sh; the
// measuring of the role matrix; the practice server under a class of learners; the wizard's screens. .ci/bench installs
// what it needs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"fix403/keycloak/server"
)

// options say what is measured, and with what.
type options struct {
	runs, learners  int
	program         string // fix403
	python          string // a Python that has python-keycloak
	clients         string // folder of the clients' scripts
	story           string // of the Node client, where its packages are
	page            string // file to write
	url, user, pass string // of the real server
	kcadm           string
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "bare" {
		if err := tellBare(os.Getenv("KEYCLOAK"), "admin", os.Getenv("ADMIN_PASSWORD")); err != nil {
			fmt.Fprintln(os.Stderr, "bare:", err)
			os.Exit(1)
		}
		return
	}
	o := &options{user: "admin"}
	flag.IntVar(&o.runs, "runs", 20, "rounds of the stories, interleaved")
	flag.IntVar(&o.learners, "learners", 1000, "the largest class")
	flag.StringVar(&o.python, "python", "python3", "Python with python-keycloak")
	flag.StringVar(&o.story, "node", ".ci/clients/story.mjs", "the Node client's story, where its packages are found")
	flag.StringVar(&o.page, "out", "docs/performance.md", "the page to write")
	version := flag.String("version", server.DefaultVersion, "Keycloak to start")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, o, *version); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, o *options, version string) (err error) {
	temp, err := os.MkdirTemp("", "fix403-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	o.program = filepath.Join(temp, "fix403")
	o.clients = filepath.Join(".ci", "clients")
	say("building")
	if err := command(ctx, ".", "go", "run", "./cmd/release", "-program", o.program); err != nil {
		return err
	}
	p := &page{machine: thisMachine(ctx)}

	say("starting Keycloak %s", version)
	if err := os.Setenv("JAVA_OPTS_APPEND", "-XX:TieredStopAtLevel=4"); err != nil { // all of Java's compilers, as in production
		return err
	}
	s, err := server.Start(ctx, server.Options{Version: version})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	o.url, o.pass, o.kcadm = s.URL(), s.AdminPassword(), filepath.Join(s.Folder(), "bin", "kcadm.sh")
	p.keycloak = s.Version()
	for _, part := range []func(context.Context, *options) error{p.tellStories, p.measureRoles, p.startUp, p.teachClasses, p.loadPractice, p.drawScreens, p.weigh} {
		if err := part(ctx, o); err != nil {
			return err
		}
	}
	return os.WriteFile(o.page, []byte(p.write()), 0o644) // #nosec G306 -- for everybody
}

func say(format string, values ...any) { fmt.Fprintf(os.Stderr, format+"\n", values...) }

// command runs a command in a folder, and fails with what it printed.
func command(ctx context.Context, dir, name string, args ...string) error {
	_, err := output(ctx, dir, name, args...)
	return err
}

func output(ctx context.Context, dir, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...) // #nosec G204 -- written in this program
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return out, fmt.Errorf("%s %v: %w\n%s", name, args, err, out)
	}
	return out, nil
}
