package words

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Shell breaks commands for a shell into lines of a width that are the same commands: what is copied from the screen runs. It breaks
// at blanks outside of quotes, and within a longer word where the shell joins what a backslash parts. A text that goes on
// over lines within quotes is folded as [Fold] does.
func Shell(text string, width int) []string {
	var out []string
	quote := byte(0) // that is open at the end of a line
	for _, line := range strings.Split(text, "\n") {
		before := quote
		comment := before == 0 && strings.HasPrefix(strings.TrimLeft(line, " "), "#")
		if !comment {
			quote = openQuote(line, before)
		}
		switch {
		case ansi.StringWidth(line) <= width:
			out = append(out, line)
		case comment:
			for _, part := range Wrap(strings.TrimLeft(line, "# "), width-2) {
				out = append(out, "# "+part)
			}
		case before != 0 || quote != 0 || width < 20:
			out = append(out, Fold(line, width)...)
		default:
			out = append(out, command(line, width)...)
		}
	}
	return out
}

// openQuote returns the quote that is open behind a line, given the one before it; 0 for none.
func openQuote(line string, quote byte) byte {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && quote != '\'':
			i++
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return quote
}

// command breaks one line.
func command(line string, width int) []string {
	const joins, reserve, indent = ` \`, 3, "  "
	lead := line[:len(line)-len(strings.TrimLeft(line, " "))] + indent
	if len(lead) > width/2 {
		lead = indent
	}
	var out []string
	cur, blank, quote := "", 0, byte(0)
	for line != "" && ansi.StringWidth(cur)+ansi.StringWidth(line) > width {
		unit := unitOf(line, quote)
		if quote == 0 && unit == "#" && strings.HasSuffix(cur, " ") { // a comment, to the end of the line
			out = append(out, strings.TrimRight(cur, " "))
			for _, part := range Wrap(strings.TrimLeft(line, "# "), width-len("# ")) {
				out = append(out, "# "+part)
			}
			return out
		}
		if ansi.StringWidth(cur)+ansi.StringWidth(unit)+reserve > width {
			switch {
			case blank > 0:
				out = append(out, cur[:blank]+joins)
				cur = lead + strings.TrimLeft(cur[blank:], " ")
			case quote == '\'':
				out, cur = append(out, cur+`'\`), `'`
			default:
				out, cur = append(out, cur+`\`), ""
			}
			blank = 0
			continue
		}
		if quote == 0 && unit == " " && strings.TrimLeft(cur, " ") != "" {
			blank = len(cur)
		}
		quote = openQuote(unit, quote)
		cur, line = cur+unit, line[len(unit):]
	}
	return append(out, cur+line)
}

// unitOf is what of a command cannot be parted: a character, with the backslash or dollar sign before it.
func unitOf(line string, quote byte) string {
	n := 1
	if len(line) > 1 && (line[0] == '$' || line[0] == '\\' && quote != '\'') {
		n = 2
	}
	for n < len(line) && !utf8.RuneStart(line[n]) {
		n++
	}
	return line[:n]
}
