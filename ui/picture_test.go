package ui

import (
	"fmt"
	"html"
	"image/color"
	"strings"

	"github.com/charmbracelet/x/vt"
)

// A picture is drawn from the cells of an emulated terminal, as SVG: text stays text, lines are paths.
const (
	cellWidth, cellHeight = 9, 18
	baseline              = 14 // of a row's text
	margin                = 14
	paper, ink            = "#0d1117", "#e6edf3" // of the dark theme; the terminal has the last word
)

// The attributes of a cell's style, as package ultraviolet numbers them.
const attrBold, attrFaint, attrReverse = 1, 2, 32

// cellStyle is what a picture keeps of a cell's style.
type cellStyle struct {
	fore, back string // "" is the terminal's own
	bold       bool
}

func hex(c color.Color) string {
	if c == nil {
		return ""
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// picture collects rows, so that one that is drawn twice is written once.
type picture struct {
	w, h   int
	styles map[string]string // class by rule
	rules  []string
	rows   map[string]int
	drawn  []string
}

func newPicture(w, h int) *picture {
	return &picture{w: w, h: h, styles: map[string]string{}, rows: map[string]int{}}
}

// class is the CSS class of a rule.
func (p *picture) class(rule string) string {
	if p.styles[rule] == "" {
		p.styles[rule] = fmt.Sprintf("s%d", len(p.styles))
		p.rules = append(p.rules, "."+p.styles[rule]+"{"+rule+"}")
	}
	return p.styles[rule]
}

// frame draws what is on the screen.
func (p *picture) frame(screen *vt.SafeEmulator) string {
	var out strings.Builder
	for y := range p.h {
		row := p.row(screen, y)
		if row == "" {
			continue
		}
		id, known := p.rows[row]
		if !known {
			id = len(p.drawn)
			p.rows[row] = id
			p.drawn = append(p.drawn, fmt.Sprintf(`<g id="r%d">%s</g>`, id, row))
		}
		fmt.Fprintf(&out, `<use href="#r%d" y="%d"/>`, id, y*cellHeight)
	}
	return out.String()
}

// row draws the runs of cells that look alike. A run ends where a gap begins: nothing depends on how wide a font is.
func (p *picture) row(screen *vt.SafeEmulator, y int) string {
	var out, run strings.Builder
	var style cellStyle
	from, to := 0, 0
	flush := func() {
		text := strings.TrimRight(run.String(), " ")
		end := to - (run.Len() - len(text)) // a space is one cell
		if style.back != "" {
			fmt.Fprintf(&out, `<rect class="%s" x="%d" y="0" width="%d" height="%d"/>`, p.class("fill:"+style.back), from*cellWidth, (to-from)*cellWidth, cellHeight)
		}
		if text != "" {
			rule := "fill:" + style.fore
			if style.bold {
				rule += ";font-weight:bold"
			}
			fmt.Fprintf(&out, `<text class="%s" x="%d" y="%d" textLength="%d" lengthAdjust="spacingAndGlyphs">%s</text>`,
				p.class(rule), from*cellWidth, baseline, (end-from)*cellWidth, html.EscapeString(text))
		}
		run.Reset()
	}
	for x := 0; x < p.w; {
		content, width, next := " ", 1, cellStyle{fore: ink}
		if c := screen.CellAt(x, y); c != nil {
			content, width = c.Content, max(1, c.Width)
			next = cellStyle{fore: hex(c.Style.Fg), back: hex(c.Style.Bg), bold: c.Style.Attrs&attrBold != 0}
			if next.fore == "" {
				next.fore = ink
			}
			if c.Style.Attrs&attrReverse != 0 {
				next.fore, next.back = paper, next.fore
			}
			if c.Style.Attrs&attrFaint != 0 {
				next.fore = "#8a93a8"
			}
		}
		if content == "" {
			content = " "
		}
		line := lines[content] != ""
		gap := content == " " && strings.HasSuffix(run.String(), " ") && next.back == ""
		if blank := content == " " && next.back == ""; run.Len() == 0 && blank {
			x += width
			continue
		}
		if run.Len() > 0 && (line || gap || next != style && content != " " || next.back != style.back) {
			flush()
		}
		switch {
		case line:
			n := 1
			for x+n < p.w && screen.CellAt(x+n, y) != nil && screen.CellAt(x+n, y).Content == content && hex(screen.CellAt(x+n, y).Style.Fg) == hex(screen.CellAt(x, y).Style.Fg) {
				n++
			}
			if content == "│" {
				n = 1
			}
			fmt.Fprintf(&out, `<path class="%s" d="%s"/>`, p.class("stroke:"+next.fore+";stroke-width:"+lines[content]), linePath(content, x, n))
			x += n
			continue
		case gap:
			x += width
			continue
		}
		if run.Len() == 0 {
			from, style = x, next
		}
		run.WriteString(content)
		x += width
		to = x
	}
	flush()
	return out.String()
}

// lines are the characters drawn as lines, with their widths: as text they would leave gaps.
var lines = map[string]string{"─": "1", "│": "1", "━": "3"}

func linePath(content string, x, n int) string {
	if content == "│" {
		return fmt.Sprintf("M%g 0v%d", float64(x*cellWidth)+cellWidth/2.0, cellHeight)
	}
	return fmt.Sprintf("M%d %d.5h%d", x*cellWidth, cellHeight/2, n*cellWidth)
}

// svg is the whole picture: rows, and how they are put on the screen.
func (p *picture) svg(title, about, css, body string) string {
	w, h := p.w*cellWidth+2*margin, p.h*cellHeight+2*margin
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[2]d" width="%[1]d" height="%[2]d" role="img" aria-labelledby="title about">
<title id="title">%[3]s</title>
<desc id="about">%[4]s</desc>
<style>text{font:15px ui-monospace,monospace}path{fill:none}%[5]s%[6]s</style>
<defs>
%[7]s
</defs>
<rect width="%[1]d" height="%[2]d" rx="8" fill="%[8]s"/>
<g transform="translate(%[9]d %[9]d)">
%[10]s
</g>
</svg>
`, w, h, html.EscapeString(title), html.EscapeString(about), strings.Join(p.rules, ""), css, strings.Join(p.drawn, "\n"), paper, margin, body)
}

// shot is a frame of a moving picture.
type shot struct {
	frame   string
	seconds float64
}

// movie shows frames one after the other, for ever. Where nothing moves, because a viewer cannot or a person does not
// want it, the frame with the number still is shown.
func (p *picture) movie(title, about string, shots []shot, still int) string {
	total := 0.0
	for _, s := range shots {
		total += s.seconds
	}
	var css, body strings.Builder
	css.WriteString(".f{visibility:hidden}")
	fmt.Fprintf(&css, ".f%d{visibility:visible}", still)
	css.WriteString("@media (prefers-reduced-motion:no-preference){")
	at := 0.0
	for i, s := range shots {
		begin, end := 100*at/total, 100*(at+s.seconds)/total
		at += s.seconds
		if i == 0 {
			fmt.Fprintf(&css, "@keyframes k0{0%%{visibility:visible}%.2f%%,to{visibility:hidden}}", end)
		} else {
			fmt.Fprintf(&css, "@keyframes k%d{0%%{visibility:hidden}%.2f%%{visibility:visible}%.2f%%,to{visibility:%s}}", i, begin, end, map[bool]string{true: "visible", false: "hidden"}[i == len(shots)-1])
		}
		fmt.Fprintf(&css, ".f%d{animation:k%d %.1fs step-end infinite}", i, i, total)
		fmt.Fprintf(&body, "<g class=\"f f%d\">%s</g>\n", i, s.frame)
	}
	css.WriteString("}")
	return p.svg(title, about, css.String(), strings.TrimSpace(body.String()))
}
