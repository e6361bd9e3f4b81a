//go:build linux || darwin

package ui

import (
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"
	"github.com/muesli/termenv"

	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
	"fix403/ui/picture"
)

// picturesIn is the folder of [TestAllPictures].
var picturesIn = flag.String("pictures", "", "draw the main screens, and what the commands print, into this folder")

// shots are the screens to look at: what is pressed on the home screen.
func shots() map[string]string {
	first, grant, second := walkThrough(story.StepFirstCall), walkThrough(story.StepGrant), walkThrough(story.StepSecondCall)
	still := "d \x1b[24~ "
	all := map[string]string{
		"home": "", "home-help": "?", "connect": "down enter", "step-connect": "enter", "step-realm": walkThrough(story.StepConnect) + " enter",
		"call-question": walkThrough(story.StepUser) + " enter", "call-guessed": walkThrough(story.StepUser) + " enter 2 enter",
		"call": first, "call-more": first + " m", "call-wire": first + " w", "call-token": first + " t", "call-by-hand": first + " b", "call-edit": first + " e", "call-help": first + " ?", "call-goto": first + " g",
		"grant-question": first + " enter", "grant": grant, "second": second, "second-token": second + " t", "summary": second + " enter",
		"lab": "down down enter", "lab-question": "down down enter enter", "lab-outcome": "down down enter enter 1 enter",
		"diagnose": "down down down enter", "diagnosis": "down down down enter left ctrl+r", "roles": "up enter", "roles-call": "up enter u s e r s tab enter",
	}
	for i := range moments() {
		all[fmt.Sprintf("demo-%02d", i+1)] = still + strings.Repeat("right ", i)
	}
	return all
}

// commands are those whose output is looked at; U is the address of a practice server, and ID the user.
var commands = map[string]string{
	"out-help":      "--help",
	"out-run":       "run --practice",
	"out-doctor":    "doctor --url U --realm 403-forbidden-fix --client-id 403-forbidden-fix-client --user-id ID",
	"out-doctor401": "doctor --url U --realm 403-forbidden-fix --client-id nobody --user-id ID",
	"out-doctorfix": "doctor --url U --realm 403-forbidden-fix --client-id 403-forbidden-fix-client --user-id ID --fix --yes",
	"out-lab":       "lab",
	"out-lab-one":   "lab old-token-after-grant --practice --as 24.0.5",
	"out-lab-all":   "lab --all --practice",
	"out-roles":     "roles GET /admin/realms/shop/users/123",
	"out-roles-two": "roles --call GET+/admin/realms/{realm}/clients --call PUT+/admin/realms/{realm}/users/{user-id}",
	"out-roles-all": "roles",
	"out-who":       "who GET /admin/realms/403-forbidden-fix/users --url U",
	"out-demo":      "demo --plain --speed 20",
	"out-error":     "docter",
	"out-version":   "version",
}

// TestAllPictures draws the main screens and the output of commands, from the program, at three sizes and in two themes:
// go test ./ui -run TestAllPictures -pictures DIR. Where rsvg-convert is installed, each is a PNG, too.
func TestAllPictures(t *testing.T) {
	if *picturesIn == "" {
		t.Skip("no folder for pictures: -pictures")
	}
	program := builtProgram(t)
	for _, size := range [][2]int{{80, 24}, {120, 36}, {160, 50}} {
		for _, theme := range []string{"dark", "light"} {
			folder := filepath.Join(*picturesIn, fmt.Sprintf("%dx%d-%s", size[0], size[1], theme))
			if err := os.MkdirAll(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			draw := func(t *testing.T, name string, lines []string) {
				film := picture.Film{Title: name, Paper: picture.Dark, Width: size[0], Height: max(size[1], len(lines)), Frames: []picture.Frame{{Lines: lines}}}
				if theme == "light" {
					film.Paper = picture.Light
				}
				file := filepath.Join(folder, name)
				if err := os.WriteFile(file+".svg", []byte(film.SVG()), 0o600); err != nil {
					t.Fatal(err)
				}
				if convert, err := exec.LookPath("rsvg-convert"); err == nil {
					if out, err := exec.CommandContext(t.Context(), convert, file+".svg", "-o", file+".png").CombinedOutput(); err != nil { // #nosec G204 -- what was just drawn
						t.Error(err, string(out))
					}
				}
			}
			for name, keys := range shots() {
				t.Run(filepath.Base(folder)+"/"+name, func(t *testing.T) {
					var lines []string
					synctest.Test(t, func(t *testing.T) {
						o := practiceOptions()
						o.Story.IDSeed, o.Theme, o.Out = story.DemoSeed, theme, &recording{profile: termenv.TrueColor}
						x := startDemo(t, size[0], size[1], o)
						x.press(strings.Fields(keys)...)
						time.Sleep(3 * time.Second) // of fake time: what moves has come to rest
						x.settle()
						lines = strings.Split(x.root().View(), "\n")
						x.press("ctrl+c")
						x.end()
					})
					draw(t, name, lines)
				})
			}
			url, environment := refusedClient(t)
			for name, arguments := range commands {
				t.Run(filepath.Base(folder)+"/"+name, func(t *testing.T) {
					words := strings.Fields(strings.NewReplacer("ID", environment[0], "U", url).Replace(arguments))
					for i, word := range words {
						words[i] = strings.ReplaceAll(word, "+", " ")
					}
					if words[0] != "--help" && words[0] != "docter" && words[0] != "version" && words[0] != "who" {
						words = append(words, "--theme", theme)
					}
					draw(t, name, append([]string{"$ fix403 " + strings.Join(words, " ")}, printed(t, size, environment, program, words...)...))
				})
			}
		}
	}
}

// refusedClient is a server with the story's client, which has no role yet, and what the environment says of it after the id of
// the user.
func refusedClient(t *testing.T) (url string, environment []string) {
	t.Helper()
	kc, err := practice.New(practice.Options{AdminPassword: "a long password"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(kc)
	t.Cleanup(server.Close)
	s, err := story.New(story.Options{URL: server.URL, Credentials: keycloak.Credentials{User: "admin", Password: wire.NewSecret("a long password")}, Params: params.DefaultParams()})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range story.Steps()[:after(story.StepFirstCall)] {
		if _, err := s.Do(t.Context(), step.ID); err != nil {
			t.Fatal(err)
		}
	}
	return server.URL, []string{s.State().User.ID, "FIX403_CLIENT_SECRET=" + s.ClientSecret().Reveal(), "FIX403_ADMIN_PASSWORD=a long password"}
}

// printed returns what a command prints on a terminal, line by line, without links.
func printed(t *testing.T, size [2]int, environment []string, program string, arguments ...string) []string {
	t.Helper()
	screen, tty, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo terminal: ", err)
	}
	defer func() { _ = screen.Close() }()
	if err := pty.Setsize(screen, &pty.Winsize{Rows: uint16(size[1]), Cols: uint16(size[0])}); err != nil { // #nosec G115 -- small
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, arguments...) // #nosec G204 -- what was just built
	home := t.TempDir()
	cmd.Env = append([]string{"TERM=xterm-256color", "COLORTERM=truecolor", "LC_ALL=C.UTF-8", "HOME=" + home, "XDG_STATE_HOME=" + home}, environment[1:]...)
	cmd.Stdout, cmd.Stderr = tty, tty
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = tty.Close()
	all := make(chan string)
	go func() {
		var text strings.Builder
		b := make([]byte, 4096)
		for {
			n, err := screen.Read(b)
			text.Write(b[:n])
			if err != nil {
				all <- text.String()
				return
			}
		}
	}()
	text := <-all
	_ = cmd.Wait() // a refusal has an exit code of its own
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		lines = append(lines, ansi.Hardwrap(line[strings.LastIndexByte(line, '\r')+1:], size[0], true))
	}
	return strings.Split(strings.Join(lines, "\n"), "\n")
}
