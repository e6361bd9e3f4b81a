package server

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// namePrefix begins the names of folders and containers of servers; a random text follows.
const namePrefix = "fix403-keycloak-"

// image returns the one that the Keycloak project publishes.
func image(version string) string { return "quay.io/keycloak/keycloak:" + version }

// engineTime bounds what an engine does without the network.
const engineTime = time.Minute

// findEngine returns Docker or Podman, whichever works and has the image or can fetch it; "" for none.
func findEngine(ctx context.Context, o *Options) string {
	for _, name := range []string{"docker", "podman"} {
		engine, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		quick, cancel := context.WithTimeout(ctx, 10*time.Second)
		out, err := quietly(quick, nil, engine, "ps", "-q")
		cancel()
		if err != nil {
			o.Progress(fmt.Sprintf("%s is installed, but does not work: %s", name, oneLine(out, err)))
			continue
		}
		if _, err := quietly(ctx, nil, engine, "image", "inspect", image(o.Version)); err == nil {
			return engine
		}
		o.Progress(fmt.Sprintf("Fetching the image %s with %s", image(o.Version), name))
		if out, err = quietly(ctx, nil, engine, "pull", image(o.Version)); err == nil {
			return engine
		}
		if ctx.Err() != nil {
			return ""
		}
		o.Progress(fmt.Sprintf("%s cannot fetch it: %s", name, oneLine(out, err)))
	}
	return ""
}

// oneLine returns the last line that a program wrote, or how it ended.
func oneLine(out string, err error) string {
	if line := lastLines(out, 1); line != "" {
		return line
	}
	return err.Error()
}

// container runs Keycloak in Docker or Podman.
type container struct {
	options *Options
	record  *Record
	engine  string
	ended   chan struct{}
	watch   context.CancelFunc
}

func newContainer(s *Server, engine string) *container {
	return &container{options: &s.options, record: &s.record, engine: engine, ended: make(chan struct{}), watch: func() {}}
}

func (c *container) start(ctx context.Context) error {
	c.options.Progress(fmt.Sprintf("Starting Keycloak %s in %s", c.options.Version, c.record.Engine))
	user, password := c.options.adminVariables()
	// Not given up in the middle: the engine would make the container after we looked for it.
	run, cancel := context.WithTimeout(context.WithoutCancel(ctx), engineTime)
	defer cancel()
	out, err := quietly(run, c.options.adminEnvironment(), c.engine, "run", // which passes the variables on by name
		"--detach", "--name", c.record.Container, "--label", "fix403.up="+c.record.ID,
		"--publish", "127.0.0.1:"+strconv.Itoa(c.record.Port)+":8080", "--env", user, "--env", password, "--env", "JAVA_OPTS_APPEND="+quickJava, image(c.options.Version), "start-dev")
	if err != nil {
		return fmt.Errorf("%s run: %w: %s", c.record.Engine, err, out)
	}
	watch, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.watch = stop
	go func() {
		for {
			_, err := quietly(watch, nil, c.engine, "wait", c.record.Container)
			if watch.Err() != nil {
				return
			}
			if err == nil || !exists(watch, c.engine, c.record.Container) {
				close(c.ended)
				return
			}
			if !pause(watch, 200*time.Millisecond) {
				return
			}
		}
	}()
	return nil
}

func (c *container) done() <-chan struct{} { return c.ended }

func (c *container) release() { c.watch() }

func (c *container) lines(n int) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	out, err := quietly(ctx, nil, c.engine, "logs", "--tail", strconv.Itoa(n), c.record.Container)
	if err != nil {
		return ""
	}
	return lastLines(out, n)
}

// endContainer removes a container with its data. Its Keycloak is not asked to end by itself: nothing of it stays. One
// that is young is waited for a little: its starter may have been killed while the engine still makes it.
func endContainer(ctx context.Context, engine, name string, young bool) error {
	path, err := exec.LookPath(engine)
	if err != nil {
		return fmt.Errorf("the container %s runs in %s, which is not there any more: %w", name, engine, err)
	}
	ctx, cancel := context.WithTimeout(ctx, engineTime)
	defer cancel()
	for try := 0; young && try < 12 && !exists(ctx, path, name); try++ {
		if !pause(ctx, 250*time.Millisecond) {
			return ctx.Err()
		}
	}
	out, err := quietly(ctx, nil, path, "rm", "--force", "--volumes", name)
	if err != nil && exists(ctx, path, name) {
		return fmt.Errorf("%s rm: %w: %s", engine, err, out)
	}
	return nil
}

// exists reports whether there is a container of this name, running or not; true, too, where the engine does not say.
func exists(ctx context.Context, engine, name string) bool {
	out, err := quietly(ctx, nil, engine, "ps", "--all", "--format", "{{.Names}}")
	if err != nil {
		return true
	}
	for line := range strings.Lines(out) {
		if strings.TrimSpace(line) == name {
			return true
		}
	}
	return false
}
