// Package wizard is the wizard line by line: the same steps as on the screens, as lines of text that are never redrawn, for
// screen readers, dumb terminals and pipes. States are words, and nothing depends on colour.
package wizard

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/ui/words"
)

// Options of [Run].
type Options struct {
	Printer     *texts.Printer
	In          io.Reader
	Out         io.Writer
	ReadSecret  func(prompt string) (string, error) // without echo; nil reads a line of In
	Story       story.Options
	DefaultURL  string // offered where a server's URL is asked for
	AtFirstStep bool   // do not ask where the story is told: Story says it
}

// errEnded says that the input ended before the story did. Nothing is taken for an answer then.
var errEnded = errors.New("the input ended before the story did")

// width is where lines are broken.
const width = 78

// errQuit ends the story because the user said so.
var errQuit = errors.New("quit")

// wizard tells one story.
type wizard struct {
	words.Words
	o     Options
	lines *lineReader
	story *story.Story
	// answers by step: guesses are indexes of choices, -1 for none.
	guesses map[story.StepID][]int
	// guessed are the steps whose questions were asked already.
	guessed map[story.StepID]bool
	hinted  map[story.StepID]int // hints given
	err     error                // of writing
}

// Run tells the story until it has ended or the user quits, which is not an error; finished reports which. It returns
// [errEnded] at the end of the input and ctx.Err() when ctx ends.
func Run(ctx context.Context, o Options) (finished bool, err error) {
	w := &wizard{Words: words.Words{Printer: o.Printer, For: words.OfPrompts}, o: o, lines: newLineReader(o.In), guesses: map[story.StepID][]int{}, guessed: map[story.StepID]bool{}, hinted: map[story.StepID]int{}}
	err = w.run(ctx)
	if w.story != nil {
		_, open := w.story.Next()
		finished = !open
		if len(w.story.State().Results) > 0 {
			w.print("")
			for _, line := range strings.Split(strings.TrimSpace(w.Summary(w.story.State())), "\n") {
				w.put(line)
			}
		}
	}
	switch {
	case errors.Is(err, errQuit):
		err = nil
	case errors.Is(err, io.EOF):
		err = errEnded
	}
	if err == nil {
		err = w.err
	}
	return finished, err
}

// print writes a text, broken at spaces; lines that begin with spaces keep them.
func (w *wizard) print(format texts.Text, args ...any) { w.put(w.T(format, args...)) }

// put is print for a text that stands already.
func (w *wizard) put(text string) {
	text = words.Line(text)
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
	for i, line := range words.Wrap(strings.TrimLeft(text, " "), width-len(indent)-2) {
		if i > 0 {
			line = "  " + line
		}
		if line != "" {
			line = indent + line
		}
		w.line(line)
	}
}

func (w *wizard) line(line string) {
	if _, err := fmt.Fprintln(w.o.Out, words.Line(line)); err != nil && w.err == nil {
		w.err = err
	}
}

// lineReader reads a line when it is asked for one, so that no input of another reader is taken, and can be left waiting.
type lineReader struct {
	want chan struct{}
	got  chan answer
}

type answer struct {
	text string
	err  error
}

func newLineReader(in io.Reader) *lineReader {
	r := &lineReader{want: make(chan struct{}, 1), got: make(chan answer, 1)}
	go func() {
		lines := bufio.NewReader(in)
		for range r.want {
			text, err := lines.ReadString('\n')
			if err == io.EOF && text != "" {
				err = nil // a last line without its end
			}
			r.got <- answer{strings.TrimSpace(text), err}
		}
	}()
	return r
}

func (r *lineReader) read(ctx context.Context) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	r.want <- struct{}{}
	select {
	case a := <-r.got:
		return a.text, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// ask writes a prompt and reads the answer to it.
func (w *wizard) ask(ctx context.Context, prompt string) (string, error) {
	if _, err := fmt.Fprint(w.o.Out, words.Line(prompt)); err != nil {
		return "", err
	}
	text, err := w.lines.read(ctx)
	if err != nil {
		w.line("")
	}
	return text, err
}
