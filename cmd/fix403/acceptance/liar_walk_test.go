//go:build linux

package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"fix403/keycloak/practice"
	"fix403/keycloak/testrun"
)

// walk is one run of the program against a liar.
type walk struct {
	t      *testing.T
	l      *liar
	seed   uint64
	dir    string
	secret string            // of the client
	given  map[string]string // secrets in files, by their names
	files  map[string]string // that programs wrote, by path
	said   []string
}

// walkCommand is a command, and which exit codes it may have: 2 is one of usage, and of nothing that a server does.
type walkCommand struct {
	args []string
	json bool
}

var walkCommands = []walkCommand{
	{[]string{"run", "--json", "--transcript", "t.md", "--junit", "t.xml"}, true},
	{[]string{"run", "--transcript", "t.html", "--write-env", "secret.env", "--cleanup"}, false},
	{[]string{"run", "--existing", "--keep", "--realm", "theirs", "--client-id", "svc", "--username", "john-doe", "--json"}, true},
	{[]string{"doctor", "--json", "--realm", "theirs", "--client-id", "svc", "--call", "GET /admin/realms/theirs/users", "--junit", "d.xml"}, true},
	{[]string{"doctor", "--realm", "theirs", "--client-id", "svc", "--call", "GET /admin/realms/theirs/users/x"}, false},
	{[]string{"doctor", "--json", "--fix", "--yes", "--realm", "theirs", "--client-id", "svc", "--call", "GET /admin/realms/theirs/users"}, true},
	{[]string{"doctor", "--token-file", "opaque", "--realm", "theirs", "--call", "GET /admin/realms/theirs/users", "--json"}, true},
	{[]string{"doctor", "--token-file", "jwt", "--call", "DELETE /admin/realms/theirs/users/x"}, false},
	{[]string{"lab", "--all", "--json"}, true},
	{[]string{"lab", "no-token", "wrong-secret"}, false},
	{[]string{"roles", "--live", "--json"}, true},
	{[]string{"roles", "--live"}, false},
	{[]string{"down", "--yes", "--json"}, true},
	{[]string{"down", "--dry-run"}, false},
	{[]string{"demo"}, false},
}

func newWalk(t *testing.T, seed uint64, often int) *walk {
	s := newScene(t, practiceTarget(t, practice.Options{Version: []string{"", "24.0.5", "26.4.0"}[seed%3]}))
	s.newRealm("theirs", nil)
	c := s.service("query-users")
	w := &walk{t: t, seed: seed, dir: t.TempDir(), secret: c.secret, given: map[string]string{}, files: map[string]string{}}
	w.l = newLiar(s.on.practice, seed, often, planted, c.secret)
	t.Cleanup(w.l.Close)
	for name, text := range map[string]string{"opaque": "an-opaque-token-of-a-gateway", "jwt": s.token(c)} {
		w.l.learn(false, text)
		w.given[name] = text
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *walk) command(ctx context.Context, args ...string) *exec.Cmd {
	file, err := program()
	if err != nil {
		w.t.Fatal(err)
	}
	args = append(args, "--url", w.l.URL, "--timeout", "1s")
	cmd := exec.CommandContext(ctx, file, args...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.dir, "XDG_STATE_HOME=" + filepath.Join(w.dir, "state"), "XDG_CONFIG_HOME=" + filepath.Join(w.dir, "config"), "TERM=xterm-256color",
		"FIX403_ADMIN_PASSWORD=" + planted, "FIX403_CLIENT_SECRET=" + w.secret,
	}
	cmd.Dir = w.dir
	return cmd
}

func (w *walk) fail(format string, args ...any) {
	w.t.Helper()
	text := fmt.Sprintf(format, args...)
	if kind, _, _ := strings.Cut(text, ":"); !slices.Contains(w.said, kind) { // of a kind once
		w.said = append(w.said, kind)
		told := w.l.told
		w.t.Errorf("FIX403_TEST_SEED=%d: %s\n  the server %s", w.seed, text, strings.Join(told[max(0, len(told)-12):], ", "))
	}
}

// How long a command may go on before it is interrupted once, and how long it may take to end then.
const (
	patience = 20 * time.Second
	ending   = 40 * time.Second
)

// run runs a command, and looks at all that came of it.
func (w *walk) run(c walkCommand) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience+ending)
	defer cancel()
	has := []string{planted}
	if c.args[0] == "doctor" {
		has = append(has, w.secret)
		if i := slices.Index(c.args, "--token-file"); i > 0 {
			has = append(has, w.given[c.args[i+1]])
		}
	}
	w.l.next(has...)
	cmd := w.command(ctx, c.args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	interrupted := false
	enough := time.AfterFunc(patience, func() {
		interrupted = true
		_ = cmd.Process.Signal(os.Interrupt)
	})
	peak := peakWhile(cmd)
	enough.Stop()
	what, code := strings.Join(c.args, " "), cmd.ProcessState.ExitCode()
	if ctx.Err() != nil {
		w.fail("%s hangs: past its time-out (1s a call), and an interrupt", what)
	}
	if peak > mostResident {
		w.fail("%s takes %d MB", what, peak>>10)
	}
	if !slices.Contains([]int{0, 1, 3, 4, 5, 6, 124, 130}, code) && ctx.Err() == nil {
		w.fail("exit code %d of %s: %.600s %.600s", code, what, out.String(), errs.String())
	}
	if c.json && !json.Valid(out.Bytes()) && !interrupted {
		w.fail("no JSON from %s (exit %d): %.300q %.300q", what, code, out.String(), errs.String())
	}
	w.clean("stdout of "+what, out.String())
	w.clean("stderr of "+what, errs.String())
	w.look(what)
}

// peakWhile waits for a command, and returns how many KiB it had at most.
func peakWhile(cmd *exec.Cmd) int {
	ended, seen := make(chan struct{}), make(chan int)
	go func() {
		most := 0
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				most = max(most, peakOf(cmd.Process.Pid))
			case <-ended:
				seen <- most
				return
			}
		}
	}()
	_ = cmd.Wait()
	close(ended)
	return <-seen
}

// clean looks for secrets, for signs of a panic, and for what would act on a terminal.
func (w *walk) clean(where, text string) {
	w.t.Helper()
	w.hunt(where, text)
	for _, r := range text {
		if acts(r) {
			i := strings.IndexRune(text, r)
			w.fail("control characters in %s: %U in %q", where, r, text[max(0, i-60):min(len(text), i+60)])
			break
		}
	}
}

func (w *walk) hunt(where, text string) {
	w.t.Helper()
	for _, sign := range []string{"goroutine ", "runtime error", "nil pointer", "itself failed"} {
		if i := strings.Index(text, sign); i >= 0 {
			w.fail("a panic in %s: %.2000s", where, text[max(0, i-300):])
		}
	}
	for _, secret := range w.l.has() {
		for how, form := range written(secret) {
			form := form[1]
			if i := strings.Index(text, form); len(form) >= 8 && i >= 0 {
				w.fail("a secret (%s) in %s: %.40q in %q", how, where, form, text[max(0, i-80):min(len(text), i+len(form)+20)])
				break
			}
		}
	}
}

// acts reports whether a character would act on a terminal or hide in a text.
func acts(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < ' ' || r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r >= 0x200b && r <= 0x200f, r >= 0x2060 && r <= 0x2064, r == 0xad, r == 0xfeff, r >= 0xe0000 && r <= 0xe007f, r == 0x2028 || r == 0x2029:
		return true
	}
	return false
}

// files looks through all that the program wrote.
func (w *walk) look(what string) {
	w.t.Helper()
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if slices.Contains([]string{"opaque", "jwt", "steering", "secret.env"}, d.Name()) { // ours, and the one that is asked for
			return nil
		}
		text, err := os.ReadFile(path)
		if w.files[path] != string(text) { // what an earlier one wrote was looked at with what it knew
			w.files[path] = string(text)
			w.clean(d.Name()+" of "+what, string(text))
		}
		return err
	})
	if err != nil {
		w.t.Error(err)
	}
}

// wizard presses keys at random, ends the program by a signal, and looks at what it drew.
func (w *walk) wizard(r *rand.Rand) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience+ending)
	defer cancel()
	w.l.next(planted)
	cmd := w.command(ctx, "wizard")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		w.t.Fatal(err)
	}
	defer terminal.Close()
	var drawn bytes.Buffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(&drawn, terminal)
	}()
	keys := []string{"\r", "\r", "\r", "\r", "\r", "\r", "\t", "\x1b[B", "\x1b[A", "\x1b", "w", "t", "c", "e", "1", "2", "?", "/", "j", "k", "\x1b[6~", "y", "n"}
	go func() {
		for range 60 {
			if _, err := io.WriteString(terminal, keys[r.IntN(len(keys))]); err != nil {
				return
			}
			time.Sleep(100 * time.Millisecond) // as a person types; the screens need not be waited for
		}
		_ = cmd.Process.Signal(syscall.SIGTERM)
	}()
	peak := peakWhile(cmd)
	_ = terminal.Close()
	<-read
	text := drawn.String()
	if ctx.Err() != nil {
		w.fail("wizard hangs: %.300q", text[max(0, len(text)-300):])
	}
	if peak > mostResident {
		w.fail("the wizard takes %d MB", peak>>10)
	}
	if len(text) == 0 {
		w.fail("the wizard draws nothing")
	}
	w.hunt("the wizard's screen", text)
	for _, s := range []string{"\x1b]52;c;UExBTlRFRA", "\x1b]8;;http://evil", "\x1b]0;owned", "\u009b", "\u009d", "\u202e", "\u2066", "\u200b", "\u2060", "\u00ad", "\ufeff", "\U000e0041"} {
		if strings.Contains(text, s) {
			w.fail("control characters on the wizard's screen: %q", s)
		}
	}
	w.look("wizard")
}

// token decodes a token whose claims steer terminals. What they say the person may see, but for that.
func (w *walk) token() {
	w.t.Helper()
	claims := map[string]any{"exp": 1, "typ": w.l.dirt(), "iss": w.l.dirt(), "preferred_username": w.l.dirt(), w.l.dirt(): w.l.dirt(), "resource_access": map[string]any{w.l.dirt(): map[string]any{"roles": []string{w.l.dirt(), w.l.dirt()}}}}
	path := filepath.Join(w.dir, "steering")
	if err := os.WriteFile(path, []byte(raw(`{"alg":"RS256","kid":"`+"\u2028"+`"}`, string(mustMarshal(claims)))), 0o600); err != nil {
		w.t.Fatal(err)
	}
	for _, args := range [][]string{{"token", "steering"}, {"token", "steering", "--json"}, {"token", "steering", "jwt"}, {"token", "steering", "jwt", "--json"}} {
		cmd := w.command(w.t.Context(), args...)
		cmd.Args = cmd.Args[:1+len(args)]
		out, _ := cmd.CombinedOutput()
		for _, r := range string(out) {
			if acts(r) {
				w.fail("control characters in %v: %U", args, r)
				break
			}
		}
		if code := cmd.ProcessState.ExitCode(); code != 0 {
			w.fail("exit code %d of %v: %.300s", code, args, out)
		}
	}
}

// TestLiar walks the program through a server that knows all tricks at once: by a few seeds, the same each time.
// FIX403_TEST_SEED makes one again.
func TestLiar(t *testing.T) {
	t.Parallel()
	for _, seed := range testrun.Seeds(testrun.Sampled([]uint64{3, 1, 2, 5, 4, 17260953976576965137}, 3), 200) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 3)) // #nosec G404 -- of a test
			w := newWalk(t, seed, []int{2, 5, 10, 30}[r.IntN(4)])
			w.token()
			for range 3 {
				if r.IntN(len(walkCommands)+1) == 0 {
					w.wizard(r)
					continue
				}
				w.run(walkCommands[r.IntN(len(walkCommands))])
			}
		})
	}
}
