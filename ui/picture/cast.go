package picture

import (
	"encoding/json"
	"strconv"
	"time"
)

// Cast is the film as an asciicast, version 2: what asciinema plays.
func (f *Film) Cast() string {
	head, _ := json.Marshal(map[string]any{"version": 2, "width": f.Width, "height": f.Height, "title": f.Title})
	out := string(head)
	event := func(at time.Duration, text string) {
		line, _ := json.Marshal([]any{at.Seconds(), "o", text})
		out += "\n" + string(line)
	}
	var before []string
	text := "\x1b[?25l\x1b[2J"
	for _, frame := range f.Frames {
		for y, line := range frame.Lines {
			if y >= len(before) || line != before[y] {
				text += "\x1b[" + strconv.Itoa(y+1) + "H" + line + "\x1b[m\x1b[K"
			}
		}
		if before = frame.Lines; text != "" {
			event(frame.At, text)
		}
		text = ""
	}
	event(f.End, "\x1b[?25h")
	return out + "\n"
}
