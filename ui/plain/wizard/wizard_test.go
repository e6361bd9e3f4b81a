package wizard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fix403/flows/lab"
	"fix403/flows/params"
	"fix403/flows/story"
)

func tell(t *testing.T, script string, change func(*Options)) (string, bool, error) {
	t.Helper()
	var out bytes.Buffer
	o := Options{In: strings.NewReader(script), Out: &out, Story: story.Options{Practice: true, Params: params.DefaultParams()}}
	if change != nil {
		change(&o)
	}
	finished, err := Run(t.Context(), o)
	return out.String(), finished, err
}

func wants(t *testing.T, text string, parts ...string) {
	t.Helper()
	flat := strings.Join(strings.Fields(text), " ")
	for _, part := range parts {
		if !strings.Contains(flat, part) {
			t.Errorf("the text lacks %q:\n%s", part, text)
		}
	}
}

func TestEnterAloneTellsTheWholeStory(t *testing.T) {
	out, finished, err := tell(t, strings.Repeat("\n", 60), nil)
	if err != nil || !finished {
		t.Fatalf("finished %v, error %v:\n%s", finished, err, out)
	}
	wants(t, out, stepLine(story.StepSecondCall), "-> 403 purpose: read the user", "stopped at the gate role", "role STOP 403", "-> 200 purpose: the same call", "Done:", "Checked:",
		"a new token, after: 200 OK, passed every gate", "is discarded when you quit")
	for _, line := range strings.Split(out, "\n") {
		if len(line) > width && !strings.Contains(line, "> ") { // prompts and URLs stay whole
			t.Errorf("a line is longer than %d columns: %q", width, line)
		}
	}
	if strings.Contains(out, "\x1b") {
		t.Error("the text holds escape sequences")
	}
}

func TestGuessesAreHeldAgainstWhatHappened(t *testing.T) {
	out, _, err := tell(t, "1\n24.0.5\n9\n1\n\n\nquit\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, out, "Type a number from 1 to 3", "You guessed right: in the master realm.")
}

func TestVersionChosenChangesWhatTheOldTokenDoes(t *testing.T) {
	out, finished, err := tell(t, "1\n24.0.5\n"+strings.Repeat("\n", 60), nil)
	if err != nil || !finished {
		t.Fatal(finished, err)
	}
	wants(t, out, "the old token, after: 403 Forbidden")
}

func TestEndOfInputIsNoAnswer(t *testing.T) {
	out, finished, err := tell(t, "\n\n\n", nil)
	if !errors.Is(err, errEnded) || finished {
		t.Fatalf("finished %v, error %v", finished, err)
	}
	if strings.Contains(out, "Done:") {
		t.Errorf("a step ran after the end of the input:\n%s", out)
	}
}

func TestWordsAtThePrompt(t *testing.T) {
	out, finished, err := tell(t, strings.Join([]string{
		"", "", // practice, version
		"hand", "", "", "", // connect: the commands, then guess, run, on
		"", "", "check", "", "", "", // realm: guess, name, look (there is none), name, run, on
		"back", "undo", "", "", "quit",
	}, "\n")+"\n", nil)
	if err != nil || finished {
		t.Fatal(finished, err)
	}
	wants(t, out, "By hand, curl.", "grant_type=password", "Not done yet: The server has no realm 403-forbidden-fix.", "Removed the realm 403-forbidden-fix.", "realm 403-forbidden-fix, removed")
}

func TestBadFieldIsAskedAgain(t *testing.T) {
	out, _, err := tell(t, "\n\n\n\n\n\nmaster\nmine\n\nquit\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, out, "Failed: The story never runs in master", "Created the realm mine")
}

func TestSecretIsReadWithoutEcho(t *testing.T) {
	t.Parallel()
	asked := ""
	_, _, err := tell(t, "2\n\nhttp://127.0.0.1:1\n\n\nquit\n", func(o *Options) {
		o.Story = story.Options{}
		o.ReadSecret = func(prompt string) (string, error) { asked = prompt; return "hunter2-hunter2", nil }
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(asked, "Admin password") {
		t.Errorf("asked %q for the password", asked)
	}
}

func TestEndOfTheContextEndsTheWaiting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, keys := io.Pipe()
	defer func() { _ = keys.Close() }()
	asked := &firstPrompt{seen: make(chan struct{})}
	result := make(chan error, 1)
	go func() {
		_, err := Run(ctx, Options{In: in, Out: asked, Story: story.Options{Practice: true}})
		result <- err
	}()
	<-asked.seen
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// firstPrompt closes seen when something was asked.
type firstPrompt struct {
	seen chan struct{}
	done bool
}

func (p *firstPrompt) Write(b []byte) (int, error) {
	if !p.done && bytes.HasSuffix(b, []byte("> ")) {
		p.done = true
		close(p.seen)
	}
	return len(b), nil
}

// numberOf returns what is typed to open an experiment.
func numberOf(id string) string {
	return strconv.Itoa(1 + slices.IndexFunc(lab.Experiments(), func(e *lab.Experiment) bool { return e.ID == id }))
}

func TestLabInLines(t *testing.T) {
	none, old := numberOf("no-token"), numberOf("old-token-after-grant")
	out, _, err := tell(t, "lab\n\n\n"+none+"\n2\nversion\n24.0.5\n"+old+"\n3\nversion\n26.7.4\n"+old+"\n\nlist\nnonsense\nsummary\nquit\n", nil)
	if err != nil {
		t.Fatal(err, out)
	}
	wants(t, out, none+" No token at all; gate identity; not run", "-> 401", "gates: reach ok > client ok > identity STOP 401", "Observed: 401",
		"As measured on this version.", "You predicted: 403: the caller is known, but not allowed. It is: 401: the caller is unknown.",
		"Remember: No token: 401.", "Side by side: 26.7.4: 200 | 24.0.5: 403", none+" No token at all; gate identity; as measured", fmt.Sprintf("Type a number from 1 to %d", len(lab.Experiments())),
		"3 run: 3 as measured, 0 different, 0 not measured. 1 without a prediction.", "you predicted: 403: the caller is known, but not allowed")
}

func TestAllOfTheLabInLines(t *testing.T) {
	t.Parallel()
	out, _, err := tell(t, "lab\n\n\nall\n\nquit\n", nil)
	if err != nil {
		t.Fatal(err, out)
	}
	all := len(lab.Experiments())
	wants(t, out, fmt.Sprintf("%d of %d:", all, all), "All experiments have been run on this version.", fmt.Sprintf("%d run: %d as measured", all, all))
}

func TestEndOfInputInTheLabIsNoAnswer(t *testing.T) {
	out, _, err := tell(t, "lab\n\n\n"+numberOf("no-token")+"\n", nil)
	if !errors.Is(err, errEnded) || strings.Contains(out, "Observed") {
		t.Fatal(err, out)
	}
}
