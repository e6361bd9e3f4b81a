package inspect

import (
	"fmt"
	"strings"

	"fix403/flows/texts"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// foldFrom is from how many lines on a body is shown folded at first.
const foldFrom = 40

// foldJSON closes the objects and arrays inside of an indented JSON text, each into one line.
func foldJSON(p *texts.Printer, lines []string) []string {
	var out []string
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if indent == 0 || !strings.HasSuffix(line, "{") && !strings.HasSuffix(line, "[") {
			out = append(out, line)
			continue
		}
		end := i + 1
		for end < len(lines) && strings.HasPrefix(lines[end], strings.Repeat(" ", indent+1)) {
			end++
		}
		if end == len(lines) { // it was cut
			out = append(out, line)
			continue
		}
		out = append(out, fmt.Sprintf("%s … %s  (%d%s", line, strings.TrimSpace(lines[end]), end-i-1, p.T(" lines)")))
		i = end
	}
	return out
}

// jsonPainter colours JSON text. It goes from line to line, since long ones have been broken.
type jsonPainter struct {
	t       *kit.Theme
	nested  []byte // the open brackets
	quoted  bool
	escaped bool
	key     bool // what is quoted, or comes next, is the name of a field
}

// line colours the next line.
func (p *jsonPainter) line(s string) string {
	var b strings.Builder
	from := 0
	flush := func(to int, paint func(string) string) {
		if to > from {
			b.WriteString(paint(s[from:to]))
		}
		from = to
	}
	text := func(to int) { // of a string
		if p.key {
			flush(to, p.t.Accent.Render)
		} else {
			flush(to, p.t.Plain.Render)
		}
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case p.escaped:
			p.escaped = false
		case p.quoted && c == '\\':
			p.escaped = true
		case p.quoted && c == '"':
			p.quoted = false
			text(i + 1)
			p.key = false
		case p.quoted:
		case c == '"':
			flush(i, p.t.Literal.Render)
			p.quoted = true
		case strings.IndexByte("{}[]:,", c) >= 0:
			flush(i, p.t.Literal.Render)
			p.bracket(c)
			flush(i+1, p.t.Dim.Render)
		}
	}
	if p.quoted {
		text(len(s))
	}
	flush(len(s), p.t.Literal.Render)
	return b.String()
}

func (p *jsonPainter) bracket(c byte) {
	switch c {
	case '{', '[':
		p.nested = append(p.nested, c)
		p.key = c == '{'
	case '}', ']':
		p.nested = p.nested[:max(0, len(p.nested)-1)]
		p.key = false
	case ',':
		p.key = len(p.nested) > 0 && p.nested[len(p.nested)-1] == '{'
	default:
		p.key = false
	}
}

// bodyLines are a body as it is read: JSON indented, coloured and, if wanted, folded. folds reports whether anything
// was.
func bodyLines(t *kit.Theme, body string, folded func(lines int) bool, width int) (out []string, folds bool) {
	if body == "" {
		return nil, false
	}
	text := words.Body(body)
	json := strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")
	if json {
		lines := strings.Split(text, "\n")
		if folded(len(lines)) {
			closed := foldJSON(t.Printer, lines)
			folds = len(closed) < len(lines)
			text = strings.Join(closed, "\n")
		}
	}
	out = words.Fold(text, width)
	if json {
		p := jsonPainter{t: t}
		for i, line := range out {
			out[i] = p.line(line)
		}
	}
	return append([]string{""}, out...), folds
}
