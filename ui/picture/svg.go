package picture

import (
	"html"
	"strconv"
	"strings"
	"time"
)

// The size of a cell, where its letters stand and its lines run, and the space around all cells.
const (
	cellWidth, cellHeight = 9, 18
	baseline              = 14
	margin                = 14
)

// Frame is what is on the screen from a time on.
type Frame struct {
	At    time.Duration
	Lines []string
}

// Film is what a terminal of a size shows, one frame after the other, until its end.
type Film struct {
	Title, About  string
	Paper         Paper
	Width, Height int
	Frames        []Frame
	End           time.Duration
	// Still is the time of the frame for who sees no motion.
	Still time.Duration
}

// pool gives each text a name, so that one that is needed twice is written once.
type pool struct {
	prefix, before, between, after string // of a name, and around name and text
	ids                            map[string]string
	out                            string
}

func (p *pool) id(text string) string {
	id := p.ids[text]
	if id == "" {
		id = p.prefix + strconv.Itoa(len(p.ids))
		p.ids[text] = id
		p.out += p.before + id + p.between + text + p.after
	}
	return id
}

// signs are those of lines and blocks: how wide the stroke is, and its way from the left of the cell's middle.
const signs = "|─1 h|━3 h|█18 h|│1 m4.5-9v18|┃3 m4.5-9v18|╭1 m4.5 9v-5q0-4 4.5-4|╮1 q4.5 0 4.5 4v5|╰1 m4.5-9v5q0 4 4.5 4|╯1 q4.5 0 4.5-4v-5" +
	"|┌1 m4.5 9v-9h4.5|┐1 h4.5v9|└1 m4.5-9v9h4.5|┘1 h4.5v-9|├1 m4.5-9v18m0-9h4.5|┤1 h4.5m0-9v18|┬1 h9m-4.5 0v9|┴1 h9m-4.5 0v-9|┼1 h9m-4.5-9v18" +
	"|┏3 m4.5 9v-9h4.5|┓3 h4.5v9|┗3 m4.5-9v9h4.5|┛3 h4.5v-9|"

// stroke returns how a sign is drawn; "" for a letter.
func stroke(sign string) (width, way string) {
	if i := strings.Index(signs, "|"+sign); i >= 0 && len(sign) == len("─") {
		sign, _, _ = strings.Cut(signs[i+1+len(sign):], "|")
		width, way, _ = strings.Cut(sign, " ")
	}
	return width, way
}

// draw draws the runs of cells that look alike. Lines and blocks are drawn, not written: as text they would leave gaps.
func draw(line string, paper Paper, styles *pool) string {
	var order []string
	text, paths := "", map[string]string{}
	path := func(colour, width, way string, x int) {
		class := styles.id("stroke:" + colour + ";stroke-width:" + width)
		if paths[class] == "" {
			order = append(order, class)
		}
		paths[class] += "M" + strconv.Itoa(x*cellWidth) + "-5" + way
	}
	row := cells(line)
	for x, end := 0, 0; x < len(row); x = end {
		c := row[x]
		fore, back := c.seen(paper)
		width, way := stroke(c.text)
		for end = x + 1; end < len(row) && row[end].look == c.look; end++ {
			next := row[end].text
			if _, other := stroke(next); next != c.text && (way != "" || other != "" || c.text == " " || next == " " && (end+1 == len(row) || row[end+1].text == " ")) {
				break
			}
		}
		long := strconv.Itoa((end - x) * cellWidth)
		if back != "" {
			path(back, "18", "h"+long, x)
		}
		switch {
		case way == "h":
			path(fore, width, way+long, x)
		case way != "":
			for i := x; i < end; i++ {
				path(fore, width, way, i)
			}
		case c.text != " ":
			rule := "fill:" + fore
			if c.bold {
				rule += ";font-weight:bold"
			}
			letters := ""
			for _, c := range row[x:end] {
				letters += c.text
			}
			text += `<text class="` + styles.id(rule) + `" x="` + strconv.Itoa(x*cellWidth) + `" textLength="` + long + `">` + html.EscapeString(letters) + "</text>"
		}
	}
	drawn := ""
	for _, class := range order {
		drawn += `<path class="` + class + `" d="` + paths[class] + `"/>`
	}
	return drawn + text
}

// leastFrame is how long a frame of a picture that moves is seen: half of what a terminal shows is enough.
const leastFrame = 65 * time.Millisecond

// SVG is the film as a picture that moves, or that does not where there is but one frame. Each line is shown while it is on the
// screen; where nothing moves, because a viewer cannot or a person does not want it, the still is shown.
func (f *Film) SVG() string {
	styles := &pool{"s", ".", "{", "}", map[string]string{}, ""}
	rows := &pool{"r", `<g id="`, `">`, "</g>\n", map[string]string{}, ""}
	moves := &pool{"k", "@keyframes ", "{", "}", map[string]string{}, ""}
	const shown, hidden = "%{visibility:visible}", "%{visibility:hidden}"
	body := ""
	for y := range f.Height {
		last, still, kept := "", "", -leastFrame
		var order []string
		when := map[string]string{} // a row comes and goes
		for i, frame := range f.Frames {
			if frame.At < kept+leastFrame && i+1 < len(f.Frames) && f.Frames[i+1].At < frame.At+leastFrame {
				continue
			}
			kept = frame.At
			now := ""
			if y < len(frame.Lines) {
				now = draw(frame.Lines[y], f.Paper, styles)
			}
			if now != "" {
				now = rows.id(now)
			}
			if frame.At <= f.Still {
				still = now
			}
			if now == last {
				continue
			}
			at := "0"
			if i > 0 {
				at = strconv.FormatFloat(100*frame.At.Seconds()/f.End.Seconds(), 'f', 3, 64)
			}
			if last != "" {
				when[last] += at + hidden
			}
			if last = now; now == "" {
				continue
			}
			if when[now] == "" {
				order = append(order, now)
				if i > 0 {
					when[now] = "0" + hidden
				}
			}
			when[now] += at + shown
		}
		for _, row := range order {
			moving := ""
			if when[row] != "0"+shown {
				moving = `" style="animation-name:` + moves.id(when[row])
				if row == still {
					moving = " still" + moving
				}
				moving = ` class="f` + moving + `"`
			}
			body += "<use" + moving + ` href="#` + row + `" y="` + strconv.Itoa(y*cellHeight+baseline) + "\"/>\n"
		}
	}
	css := styles.out
	if moves.out != "" {
		css += ".f{visibility:hidden}.still{visibility:visible}@media (prefers-reduced-motion:no-preference){.f{animation:" +
			strconv.FormatFloat(f.End.Seconds(), 'f', 1, 64) + "s step-end infinite}" + moves.out + "}"
	}
	size := " " + strconv.Itoa(f.Width*cellWidth+2*margin) + " " + strconv.Itoa(f.Height*cellHeight+2*margin)
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0` + size + `" role="img" aria-labelledby="title about">
<title id="title">` + html.EscapeString(f.Title) + `</title>
<desc id="about">` + html.EscapeString(f.About) + `</desc>
<style>text{font:15px ui-monospace,"DejaVu Sans Mono",monospace;white-space:pre}path{fill:none}` + css + `</style>
<defs>
` + rows.out + `</defs>
<rect width="100%" height="100%" rx="8" fill="` + f.Paper.Paper + `"/>
<g transform="translate(14 14)">
` + body + `</g>
</svg>
`
}
