package ui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"fix403/flows"
	"fix403/flows/texts"
	"fix403/ui/words"
)

// captionRows are kept for the caption, so that the step above it stays in its place.
const captionRows = 3

// smallestStep is how many rows a step gets before the caption is set wide.
const smallestStep = 9

// View implements [Screen].
func (d *demoScreen) View(w, h int) string {
	caption := d.captionLines(w, d.big)
	if h-len(caption) < smallestStep {
		caption = d.captionLines(w, false)
	}
	d.w, d.h = w, h-len(caption)
	lines := strings.Split(d.shown.View(d.w, d.h), "\n")
	for len(lines) < d.h {
		lines = append(lines, "")
	}
	return strings.Join(append(lines[:d.h], caption...), "\n")
}

// captionLines are what is said, below a line that tells where the demo is.
func (d *demoScreen) captionLines(w int, big bool) []string {
	t := d.env.Theme
	title, text, room := texts.T(flows.StepByID(d.moments[d.at].Step).Title), d.caption(), w-4
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
	where := t.Dim.Render(texts.T(" %d of %d, %s ", d.at+1, len(d.moments), d.pace()))
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

func (d *demoScreen) pace() string {
	switch {
	case d.failed != nil:
		return texts.T("stopped")
	case d.last():
		return texts.T("the end")
	case d.paused:
		return texts.T("paused")
	case d.speed != 1:
		return texts.T("playing, speed %g", d.speed)
	}
	return texts.T("playing")
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
