//go:build unix

package acceptance

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"
)

// pageBlock is a fenced block of sh in a document, and what it prints, if a block of text follows.
type pageBlock struct {
	commands, prints string
	terminal         bool   // it needs one
	program          string // without which it is left out; "" for what each page needs
}

var (
	fenced   = regexp.MustCompile("(?ms)^```(\\S*) ?([^\n]*)\n(.*?)^```$")
	ellipsis = regexp.QuoteMeta("…")
)

func blocksOf(t *testing.T, name string) []pageBlock {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../..", name))
	if err != nil {
		t.Fatal(err)
	}
	var blocks []pageBlock
	for _, m := range fenced.FindAllStringSubmatch(string(text), -1) {
		switch lang, mark, body := m[1], m[2], m[3]; {
		case lang == "sh":
			b := pageBlock{commands: body, terminal: mark == "terminal"}
			if mark == "node" {
				b.program = mark
			}
			blocks = append(blocks, b)
		case lang == "text" && len(blocks) > 0:
			blocks[len(blocks)-1].prints = body
		}
	}
	return blocks
}

// page is a document that is followed.
type page struct {
	name     string
	compares int // so many of its outputs are compared
	// given is what the page says that its reader has, and how the names in it are found; nil for nothing.
	given    func(t *testing.T, home string) (environment []string)
	installs bool // it says how to get fix403 itself
	// at are the blocks that need a terminal, by their first words: what is to be seen there, and what is typed then, in turns.
	at map[string][]string
}

// testCommand is the one of README.
const testCommand = "go test ./...\n"

// wizardOpens is bare fix403 on a terminal.
var wizardOpens = []string{"Practice", "q"}

var pages = []page{
	{name: "README.md", installs: true, given: newcomer, at: map[string][]string{
		"go run ./cmd/fix403\n": wizardOpens,
		"fix403 run": {
			"Create it there? [y/N]", "y\n", "Password of the admin admin (realm master at https://sso.example.com", planted + "\r", "To remove it:", "",
			"Password of the admin admin (realm master at https://sso.example.com", planted + "\r", "[y/N]", "y\n", "Removed the realm 403-forbidden-fix.",
		},
		"fix403 doctor": {"Secret of the client reports", reportsSecret + "\r", "role-missing (likely)", "", "role-missing (likely)"},
	}},
	{name: "docs/tutorial.md", compares: 6, at: map[string][]string{"fix403\n": wizardOpens}},
	{name: "docs/article.md", compares: 6},
	{name: "docs/gates.md", compares: 1},
	{name: "docs/howto-own-server.md", compares: 7, given: ownServer, at: map[string][]string{
		"fix403 run": {"looks like a production system", "", "Create it there? [y/N]", "y\n", "Password of the admin admin (realm master at https://sso.example.com", planted + "\r", "To remove it:"},
		"read -rs":   {"", planted + "\n"},
	}},
	{name: "docs/howto-classroom.md", compares: 7, given: classroom, at: map[string][]string{
		"fix403 wizard": {"1 of ", "\x1b", "Build it, see it fail", "q"},
		"fix403 lab":    {"Your guess", "2\n", "Remember:"},
	}},
	{name: "docs/howto-diagnose.md", compares: 9, given: failingClient, at: map[string][]string{
		"read -rs FIX403_CLIENT_SECRET":  {"", reportsSecret + "\n"},
		"read -rs FIX403_ADMIN_PASSWORD": {"", planted + "\n"},
		"fix403 doctor":                  {"[y/N]", "y\n", "The same call now: 200"},
	}},
	{name: "docs/howto-ci.md", compares: 9, given: pipeline},
	{name: "docs/howto-rights.md", compares: 6, given: cluster},
	{name: "docs/howto-audit.md", compares: 3, given: cluster},
	{name: "docs/realm-management.md", compares: 1},
	{name: "docs/howto-watch.md", compares: 3, given: cluster},
	{name: "docs/howto-kubernetes.md", compares: 2, given: cluster},
	{name: "docs/howto-talk.md", compares: 6, given: distribution, at: map[string][]string{
		"fix403 demo": {"1 of ", " ", "paused", "\x1b[6~", "2 of ", "\x1b[6~", "3 of ", "\x1b[6~", "403-forbidden-fix", "w", "Authorization: Bearer", "w", " identity ", "\x1bOQ", "Theme", "\x1b[20~", "+--------", "q"},
	}},
}

// TestPages does what each page says as a stranger would: in one shell, in an empty home, with no variables but PATH, HOME and
// TERM. What it prints is compared; … stands for anything.
func TestPages(t *testing.T) {
	for _, p := range pages {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.follow(t)
		})
	}
}

func (p page) follow(t *testing.T) {
	program, err := program()
	if err != nil {
		t.Fatal(err)
	}
	needs(t, "bash")
	needs(t, "curl")
	checkout, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	home, dir := t.TempDir(), t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	script, compared, blocks := "", 0, blocksOf(t, p.name)
	for i, b := range blocks {
		if b.program != "" && !installed(b.program) {
			t.Logf("skipped, since %s is not there:\n%s", b.program, b.commands)
			blocks[i].commands, blocks[i].prints = ":\n", ""
			if b.prints != "" {
				compared++
			}
		}
	}
	output := func(i int) string { return filepath.Join(dir, fmt.Sprint(i)) }
	terminals := map[int]*terminal{}
	for i, b := range blocks {
		folder := home
		if strings.HasPrefix(b.commands, "go ") {
			folder = checkout
		}
		if b.commands == testCommand { // this is what runs
			b.commands = ":\n"
		}
		script += "cd '" + folder + "'\n"
		if b.terminal { // where a person goes on after a command that fails
			screen := p.terminalFor(t, b.commands)
			terminals[i] = screen
			script += fmt.Sprintf("{\nset +e\n%[1]s} < %[2]s > %[2]s 2>&1\nset -e\n: > %[3]s\n", b.commands, screen.name, output(i))
		} else {
			script += fmt.Sprintf("{\n%s} > %s 2>&1\n", b.commands, output(i))
		}
	}
	cmd := exec.CommandContext(ctx, "bash", "-eu", "-c", script)
	cmd.Dir = home
	path := slices.DeleteFunc(filepath.SplitList(os.Getenv("PATH")), func(dir string) bool { return exists(filepath.Join(dir, "fix403")) })
	if !p.installs {
		path = append(path, filepath.Dir(program))
	}
	cmd.Env = []string{"PATH=" + strings.Join(path, ":"), "HOME=" + home, "TERM=xterm-256color"}
	if p.given != nil {
		cmd.Env = append(cmd.Env, p.given(t, home)...)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // with the servers that it leaves behind
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	out, err := cmd.CombinedOutput()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	shown := map[int]string{}
	for i, screen := range terminals {
		shown[i] = screen.close(t)
	}
	for i, b := range blocks {
		text, err := os.ReadFile(output(i))
		printed := string(text) + shown[i]
		if err != nil {
			t.Fatalf("it did not get to:\n%s", b.commands)
		}
		if i+1 < len(blocks) && !exists(output(i+1)) {
			t.Fatalf("it stopped in:\n%s\n%s", b.commands, printed)
		}
		if b.prints == "" {
			continue
		}
		compared++
		want := "(?s)^" + strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSuffix(b.prints, "\n")), ellipsis, ".*") + "\n?$"
		if !regexp.MustCompile(want).MatchString(printed) {
			t.Errorf("%s\nprints\n%s\nand not\n%s", b.commands, printed, b.prints)
		}
	}
	if compared != p.compares || len(blocks) == 0 {
		t.Errorf("%d outputs of %d blocks were compared, want %d", compared, len(blocks), p.compares)
	}
}

// needs skips a test where a program that documents call is not installed; in CI it has to be.
func needs(t *testing.T, name string) {
	t.Helper()
	if !installed(name) {
		t.Skipf("%s is not installed", name)
	}
}

// installed reports whether a program is there, which it has to be in CI.
func installed(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil || os.Getenv("CI") != ""
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

// terminal is one on which a block runs, and the person at it.
type terminal struct {
	name           string // of the device
	commands       string
	person, device *os.File
	done           chan struct{}
	mu             sync.Mutex
	seen           bytes.Buffer
	missing        string // what is to be seen next
}

// terminalFor starts a terminal with a user who waits for what the page's table says and types.
func (p page) terminalFor(t *testing.T, commands string) *terminal {
	t.Helper()
	var turns []string
	for begin, at := range p.at {
		if strings.HasPrefix(commands, begin) {
			turns = at
		}
	}
	if turns == nil {
		t.Fatalf("nobody sits at the terminal that this needs:\n%s", commands)
	}
	person, device, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(device, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	s := &terminal{name: device.Name(), commands: commands, person: person, device: device, done: make(chan struct{}), missing: turns[0]}
	go s.sit(turns)
	return s
}

func (s *terminal) sit(turns []string) {
	defer close(s.done)
	from := 0
	for chunk := make([]byte, 4096); ; {
		s.mu.Lock()
		text := ansi.Strip(s.seen.String())
		for len(turns) > 0 {
			at := strings.Index(text[min(from, len(text)):], turns[0])
			if at < 0 {
				break
			}
			from += at + len(turns[0])
			if len(turns) > 1 {
				_, _ = io.WriteString(s.person, turns[1])
			}
			turns = turns[min(2, len(turns)):]
		}
		s.missing = strings.Join(turns[:min(1, len(turns))], "")
		s.mu.Unlock()
		n, err := s.person.Read(chunk)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.seen.Write(chunk[:n])
		s.mu.Unlock()
	}
}

// close ends it, tells if not everything was seen, and returns what was.
func (s *terminal) close(t *testing.T) string {
	t.Helper()
	_ = s.device.Close()
	<-s.done
	_ = s.person.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.ReplaceAll(ansi.Strip(s.seen.String()), "\r", "")
	if s.missing != "" {
		t.Errorf("%s%q was not seen:\n%s", s.commands, s.missing, text)
	}
	return text
}

// CI runs what README says.
func TestTestCommand(t *testing.T) {
	readme, err := os.ReadFile("../../../README.md")
	if err != nil || strings.Count(string(readme), "\n```sh\n"+testCommand+"```\n") != 1 {
		t.Errorf("README has not the one block with %q: %v", testCommand, err)
	}
	script, err := os.ReadFile("../../../.ci/run")
	if want := "\n  command=$(grep '^go test \\./\\.\\.\\.$' README.md) "; err != nil || !strings.Contains(string(script), want) || !strings.Contains(string(script), "\n  $command\n") {
		t.Errorf("CI does not take its command from README: %v", err)
	}
}
