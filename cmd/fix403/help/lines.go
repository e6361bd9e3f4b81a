package help

import (
	"strings"
	"unicode/utf8"

	"fix403/ui/words"
)

// widest is how long the lines of a text get at most, as in the source.
const widest = 120

// block is lines of a text that belong together: a paragraph, or lines that are indented.
type block struct {
	text     string
	indented bool
}

// blocks parts a text into its blocks. Put together again with line breaks they are the text.
func blocks(text string) []block {
	var all []block
	for line := range strings.SplitSeq(text, "\n") {
		indented := strings.HasPrefix(line, "  ") || strings.HasPrefix(line, "\t")
		if last := len(all) - 1; last >= 0 && line != "" && all[last].text != "" && all[last].indented == indented {
			all[last].text += "\n" + line
			continue
		}
		all = append(all, block{line, indented})
	}
	return all
}

// prose draws the text of a command: on a terminal its paragraphs are wrapped.
func (p page) prose(text string) string {
	if p.columns == 0 {
		return text
	}
	var lines []string
	for _, b := range blocks(text) {
		if !b.indented {
			lines = append(lines, wrap(b.text, p.columns)...)
			continue
		}
		for line := range strings.SplitSeq(strings.ReplaceAll(b.text, "\t", "  "), "\n") {
			lines = append(lines, p.beside(hang(line)))
		}
	}
	return strings.Join(lines, "\n")
}

// hang parts an indented line into a term and its explanation, which stand apart, or else into its indentation and the rest.
func hang(line string) (term, text string) {
	inner := strings.TrimLeft(line, " ")
	at := len(line) - len(inner)
	if word, more, found := strings.Cut(inner, "  "); found && !strings.Contains(word, " ") {
		at = len(line) - len(strings.TrimLeft(more, " "))
	}
	return line[:at], line[at:]
}

// beside draws a text to the right of a term.
func (p page) beside(term, text string) string {
	if p.columns == 0 {
		return term + text
	}
	at := utf8.RuneCountInString(term)
	return term + strings.Join(wrap(text, p.columns-at), "\n"+strings.Repeat(" ", at))
}

// examples draws example commands. What is too long for the terminal goes on in the next line, so that it can be copied; what is said of
// it stands below it.
func (p page) examples(text string) string {
	if p.columns == 0 {
		return text
	}
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		command, about := comment(line)
		if utf8.RuneCountInString(line) <= p.columns {
			lines = append(lines, line)
			continue
		}
		lines = append(lines, p.command(strings.TrimRight(command, " ")))
		if about != "" {
			lines = append(lines, p.beside("      ", about))
		}
	}
	return strings.Join(lines, "\n")
}

// command breaks a command before its flags.
func (p page) command(line string) string {
	const more = " \\"
	var out, last string
	for i, part := range strings.Split(line, " --") {
		switch {
		case i == 0:
			last = part
		case utf8.RuneCountInString(last+" --"+part+more) <= p.columns:
			last += " --" + part
		default:
			out, last = out+last+more+"\n", "      --"+part
		}
	}
	return out + last
}

// comment parts a line of an example into the command, with the spaces behind it, and what is said of it.
func comment(line string) (command, about string) {
	_, after, found := strings.Cut(strings.TrimLeft(line, " "), "   ")
	if !found {
		return line, ""
	}
	about = strings.TrimLeft(after, " ")
	return strings.TrimSuffix(line, about), about
}

// wrap breaks a text at spaces, never within a flag and its value, fix403 and its command, or a call.
func wrap(text string, columns int) []string {
	const together = "\u00a0"
	var b strings.Builder
	last := ""
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case last == "fix403", last == "GET" && strings.HasPrefix(word, "/"), strings.HasPrefix(strings.TrimLeft(last, "("), "--") && value(word):
			b.WriteString(together)
		default:
			b.WriteByte(' ')
		}
		b.WriteString(word)
		last = word
	}
	lines := words.Wrap(b.String(), min(columns, widest))
	for i, line := range lines {
		lines[i] = strings.ReplaceAll(line, together, " ")
	}
	return lines
}

// value reports whether a word stands for the value of a flag.
func value(word string) bool {
	word = strings.TrimRight(word, ".,;:)")
	return len(word) > 1 && strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
