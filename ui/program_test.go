package ui

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/muesli/termenv"

	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/flows/texts"
)

var update = flag.Bool("update", false, "rewrite the golden screens")

// terminal is a whole wizard running on an emulated screen. Inside a synctest bubble its clock is fake: settle lets
// the program come to rest and the renderer draw.
type terminal struct {
	*texts.Printer
	t       *testing.T
	screen  *vt.SafeEmulator
	raw     *recording // every byte that was written
	keys    *io.PipeWriter
	done    chan struct{}
	result  Result
	err     error
	program *tea.Program
	model   *wizard
}

// root is the model, to be read while the program rests.
func (x *terminal) root() *wizard { return x.model }

// recording keeps what a program writes and passes it on to the screen.
type recording struct {
	mu     sync.Mutex
	text   strings.Builder
	screen io.Writer

	profile termenv.Profile
}

// ColorProfile is how many colours the program may use.
func (r *recording) ColorProfile() termenv.Profile { return r.profile }

func (r *recording) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.text.Write(b)
	return r.screen.Write(b)
}

func (r *recording) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func start(t *testing.T, w, h int, o Options) *terminal {
	t.Helper()
	in, keys := io.Pipe()
	term := &terminal{Printer: o.Printer, t: t, screen: vt.NewSafeEmulator(w, h), keys: keys, done: make(chan struct{})}
	if term.raw, _ = o.Out.(*recording); term.raw == nil {
		term.raw = &recording{profile: termenv.Ascii}
	}
	term.raw.screen = term.screen
	o.In, o.Out = in, term.raw
	if o.Theme == "" {
		o.Theme = "dark"
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(term.done)
		term.result, term.err = run(ctx, o, func(string) string { return "" }, func(p *tea.Program, r *wizard) {
			term.program, term.model = p, r
			p.Send(tea.WindowSizeMsg{Width: w, Height: h}) // only a real terminal can be asked
		})
	}()
	t.Cleanup(func() { // also after a failure
		cancel()
		<-term.done
		_ = keys.Close()
		time.Sleep(time.Minute) // fake: the last ticks of calls, and what waits to be hidden
	})
	term.settle()
	return term
}

// settle waits, in fake time, until all is drawn.
func (x *terminal) settle() {
	synctest.Wait()
	time.Sleep(time.Second / 20) // fake: the renderer draws at its ticks
	synctest.Wait()
}

var keyBytes = map[string]string{
	"enter": "\r", "esc": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
	"pgdown": "\x1b[6~", "pgup": "\x1b[5~", "f1": "\x1bOP", "f3": "\x1bOR", "ctrl+c": "\x03", "backspace": "\x7f", "ctrl+u": "\x15", "ctrl+r": "\x12", "space": " ",
}

// press types keys by name, or text as it is, and waits after each.
func (x *terminal) press(keys ...string) {
	x.t.Helper()
	for _, k := range keys {
		b, named := keyBytes[k]
		if !named {
			b = k
		}
		if _, err := io.WriteString(x.keys, b); err != nil {
			x.t.Fatalf("the program takes no keys any more: %v", err)
		}
		x.settle()
	}
}

func (x *terminal) text() string {
	lines := strings.Split(ansi.Strip(x.screen.Render()), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \r")
	}
	return strings.Join(lines, "\n")
}

func (x *terminal) wants(parts ...string) {
	x.t.Helper()
	got := x.text()
	flat := acrossColumns(got)
	for _, part := range parts {
		if !strings.Contains(got, part) && !strings.Contains(flat, part) {
			x.t.Fatalf("the screen does not show %q:\n%s", part, got)
		}
	}
}

// acrossColumns reads a screen column by column, with line breaks as spaces.
func acrossColumns(screen string) string {
	var byColumn []string
	for _, line := range strings.Split(screen, "\n") {
		for i, cell := range strings.Split(line, "│") {
			if i == len(byColumn) {
				byColumn = append(byColumn, "")
			}
			byColumn[i] += " " + cell
		}
	}
	return strings.Join(strings.Fields(strings.Join(byColumn, " ")), " ")
}

// until presses enter until the screen shows a text.
func (x *terminal) until(part string) {
	x.t.Helper()
	for range 10 * len(story.Steps()) {
		if strings.Contains(x.text(), part) {
			return
		}
		x.press("enter")
	}
	x.wants(part)
}

func (x *terminal) lacks(part string) {
	x.t.Helper()
	if got := x.text(); strings.Contains(got, part) {
		x.t.Fatalf("the screen shows %q:\n%s", part, got)
	}
}

// end waits for the program to end by itself.
func (x *terminal) end() Result {
	x.t.Helper()
	<-x.done
	_ = x.keys.Close()
	if x.err != nil {
		x.t.Fatalf("the program ended with %v", x.err)
	}
	return x.result
}

// What a server makes up anew each time, and what stands for it in the files.
var (
	madeUpID  = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	madeUpKey = regexp.MustCompile(`kid .{8}…`)
	cutID     = regexp.MustCompile(`/[0-9a-f]{1,8}…`)
	madeUpLab = regexp.MustCompile(`lab-[0-9a-f]{12}`)
	brokenID  = regexp.MustCompile(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{10}(\n[^\n]*│   )[0-9a-f]{2}\n`)
)

// anonymous is the screen with what a server makes up replaced.
func (x *terminal) anonymous() string {
	got := madeUpID.ReplaceAllString(x.text(), "01234567-89ab-cdef-0123-456789abcdef") + "\n"
	got = brokenID.ReplaceAllString(got, "01234567-89ab-cdef-0123-456789abcd${1}ef\n")
	got = madeUpLab.ReplaceAllString(got, "lab-0123456789ab")
	got = cutID.ReplaceAllStringFunc(got, func(id string) string { return "/01234567"[:len(id)-len("…")] + "…" })
	return madeUpKey.ReplaceAllString(got, "kid 01234567…")
}

// golden compares the screen with a file of plain text.
func (x *terminal) golden(name string) {
	x.t.Helper()
	goldenFile(x.t, name, x.anonymous())
}

func goldenFile(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "screen", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test ./ui -update rewrites it) at\n%s", file, firstDifference(got, string(want)))
	}
}

// firstDifference is the place where two texts part, with the lines around it.
func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	part := func(lines []string) string {
		return strings.Join(lines[min(len(lines), max(0, at-8)):min(len(lines), at+16)], "\n")
	}
	return fmt.Sprintf("line %d:\n%s\nwanted:\n%s", at+1, part(a), part(b))
}

func practiceOptions() Options {
	return Options{Story: story.Options{Practice: true, Params: params.DefaultParams()}}
}
