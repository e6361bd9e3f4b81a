package demo

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"fix403/flows/story"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// captionRows are kept for the caption, so that the step above it stays in its place.
const captionRows = 3

// smallestStep is how many rows a step gets before the caption is set wide.
const smallestStep = 9

// Layout implements [shell.Screen].
func (d *Screen) Layout(w, h int) shell.Frame {
	caption := d.captionLines(w, d.big)
	if h-len(caption) < smallestStep {
		caption = d.captionLines(w, false)
	}
	d.w, d.h = w, h-len(caption)
	lines := d.shown.Layout(d.w, d.h).Lines
	for len(lines) < d.h {
		lines = append(lines, "")
	}
	return shell.Lines(append(lines[:d.h], caption...)) // nothing of the step can be clicked
}

// captionLines are what is said, below a line that tells where the demo is.
func (d *Screen) captionLines(w int, big bool) []string {
	t := d.env.Theme
	title, text, room := d.env.T(story.StepByID(d.moments[d.at].Step).Title), d.caption(), w-4
	var said []string
	if big {
		title = wide(title)
		for _, line := range words.Wrap(text, room/2) {
			said = append(said, wide(line))
		}
	} else {
		said = words.Wrap(text, room)
	}
	head := t.Dim.Render(t.Glyphs.Rule) + " " + t.Title.Render(title) + " " + t.Dim.Render(t.Glyphs.Rule)
	where := t.Dim.Render(d.env.T(" %d of %d, %s ", d.at+1, len(d.moments), d.pace()))
	head = words.Fit(head+where, w)
	out := []string{head + t.Dim.Render(strings.Repeat(t.Glyphs.Rule, max(0, w-ansi.StringWidth(head))))}
	for _, line := range said {
		out = append(out, "  "+t.Heading.Render(line))
	}
	for len(out) <= captionRows {
		out = append(out, "")
	}
	return out
}

func (d *Screen) pace() string {
	switch {
	case d.failed != nil:
		return d.env.T("stopped")
	case d.last():
		return d.env.T("the end")
	case d.paused:
		return d.env.T("paused")
	case d.speed != 1:
		return d.env.T("playing, speed %g", d.speed)
	}
	return d.env.T("playing")
}

// wide sets the letters of a line apart, which takes less than twice its width.
func wide(line string) string {
	var letters []string
	for len(line) > 0 {
		letter, _ := ansi.FirstGraphemeCluster(line, ansi.GraphemeWidth)
		if letter == "" {
			break
		}
		letters, line = append(letters, letter), line[len(letter):]
	}
	return strings.Join(letters, " ")
}
