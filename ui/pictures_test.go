package ui

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/muesli/termenv"

	"fix403/flows/story"
	"fix403/ui/picture"
)

// pictures are the stills in docs/pictures: what is pressed on the home screen, and what is seen then.
var pictures = []struct {
	file, title, about string
	keys               string
}{
	{"home", "The home screen of fix403", "One chooses where the story is told: on the practice server, on a Keycloak of one's own, or in the lab.", ""},
	{"connect", "The form to connect", "The address of a Keycloak of one's own is asked for first.", "down enter"},
	{"first-call", "The call that fails", "The request passes the gates reach, client, identity, realm and route, and is stopped with 403 at the gate role.", walkThrough(story.StepFirstCall)},
	{"token", "The token before and after the grant", "Two access tokens side by side. The first has no role of realm-management, the second has view-users, query-users and query-groups.", walkThrough(story.StepSecondCall) + " t"},
	{"wire", "A call on the wire", "The exchanges of a step, and the one that was answered with 403 in full, with the token masked.", walkThrough(story.StepFirstCall) + " w"},
	{"lab", "The lab", "Experiments by the gate that they break.", "down down enter"},
	{"diagnose", "A diagnosis", "The call of a client without a role is stopped with 403 at the gate role; below, what was seen, and the smallest role.", "down down down enter left ctrl+r"},
	{"roles", "The table of roles", "Calls with the smallest roles that open them, two of them marked: the smallest set of roles for both is shown.", rolesKeys},
}

// rolesKeys search the table of roles, and mark two calls.
const rolesKeys = "up enter p u t space u s e r tab space esc / g e t space r e a l m space e v e n t s tab space"

// walkThrough are the keys that tell the story up to a step and do it, with enter alone.
func walkThrough(id story.StepID) string {
	return strings.TrimSpace(strings.Repeat("enter ", enters(id)+len(story.StepByID(id).Questions)+1))
}

// TestPictures compares the pictures in docs/pictures with the program. go test ./ui -run TestPictures -update draws them.
func TestPictures(t *testing.T) {
	for _, p := range pictures {
		t.Run(p.file, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := startPicture(t, practiceOptions())
				x.root().env.Theme.Still = true // a picture is of what is there in the end
				x.press(strings.Fields(p.keys)...)
				film := picture.Film{
					Title: p.title, About: p.about, Paper: picture.Dark, Width: 100, Height: 30,
					Frames: []picture.Frame{{Lines: strings.Split(x.root().View(), "\n")}},
				}
				compare(t, p.file, film.SVG())
				x.press("ctrl+c")
				x.end()
			})
		})
	}
}

// TestDemoPicture compares the picture that moves, of README, with the program. go test ./ui -run TestDemoPicture -update draws it.
func TestDemoPicture(t *testing.T) {
	t.Parallel()
	film, _, err := Film(t.Context(), Options{Demo: &Demo{Speed: 2}, Story: practiceOptions().Story})
	if err != nil {
		t.Fatal(err)
	}
	const most = 150_000
	got := film.SVG()
	if len(got) > most {
		t.Errorf("it has %d bytes, more than %d", len(got), most)
	}
	compare(t, "demo", got)
}

func startPicture(t *testing.T, o Options) *terminal {
	o.Story.IDSeed = story.DemoSeed
	o.Out = &recording{profile: termenv.TrueColor}
	return startDemo(t, 100, 30, o)
}

// compare holds a picture against the one in docs/pictures.
func compare(t *testing.T, name, got string) {
	t.Helper()
	const most = 200_000
	if len(got) > most {
		t.Errorf("%s has %d bytes, more than %d", name, len(got), most)
	}
	decoder := xml.NewDecoder(strings.NewReader(got))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s is no XML: %v", name, err)
		}
	}
	file := filepath.Join("..", "docs", "pictures", name+".svg")
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
		t.Errorf("%s is not what the program draws now: go test ./ui -run TestPictures -update", file)
	}
}
