// Package words holds what both front ends say and draw as plain text: text of servers made safe, broken into lines,
// and the sentences that do not depend on how a screen looks.
package words

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"fix403/flows/report"
	"fix403/flows/texts"
	"fix403/keycloak/foreign"
	"fix403/keycloak/msg"
)

// Words says sentences in the language of its printer; those of Words{} are English.
type Words struct {
	*texts.Printer
	// For is whom what to do about a failure is said to: who gives flags to a command.
	For Reader
}

// Reader is where a user reads what is said: flags are of use to one, keys or words to others.
type Reader int

// The readers.
const (
	OfCommand Reader = iota
	OfScreens
	OfPrompts
)

// SayAll returns messages in the language of the words.
func (w Words) SayAll(all []msg.Message) []string {
	out := make([]string, len(all))
	for i, m := range all {
		out[i] = w.Say(m)
	}
	return out
}

// Clean is [foreign.Text]: text from elsewhere, made safe to draw.
func Clean(s string) string { return foreign.Text(s) }

// Line is [foreign.Line]: the same on one line.
func Line(s string) string { return foreign.Line(s) }

// Wrap breaks text at spaces into lines of at most width cells; a longer word, such as a URL, is broken as by [Fold]. Names with
// hyphens stay whole. It never returns no line.
func Wrap(s string, width int) []string {
	const unbreakable = "\u2011" // a hyphen that ansi.Wrap does not break at
	width = max(1, width)
	if len(s) > width {
		parts := strings.Split(s, " ")
		for i, word := range parts {
			if len(word) > width && !strings.Contains(word, "\n") {
				parts[i] = strings.Join(pieces(word, width), "\n")
			}
		}
		s = strings.Join(parts, " ")
	}
	var out []string
	for _, line := range strings.Split(ansi.Wrap(strings.ReplaceAll(s, "-", unbreakable), width, ""), "\n") {
		line = strings.TrimRight(strings.ReplaceAll(line, unbreakable, "-"), " ")
		out = append(out, ansi.Truncate(line, width, ""))
	}
	return out
}

// pieces breaks a word that is wider than a line.
func pieces(word string, width int) []string {
	var out []string
	for ansi.StringWidth(word) > width {
		n := breakAt(word, width, width, 0)
		if n == 0 {
			break
		}
		out, word = append(out, word[:n]), word[n:]
	}
	return append(out, word)
}

// Overflow breaks text at spaces, as [Wrap] does, and leaves a longer word whole: it can be copied from a terminal, which breaks
// it itself. The text may have styles.
func Overflow(s string, width int) []string {
	var out []string
	line, cells := "", 0
	for i, word := range strings.Split(s, " ") {
		n := ansi.StringWidth(word)
		switch {
		case i == 0:
			line, cells = word, n
		case cells+1+n > width && cells > 0:
			out = append(out, strings.TrimRight(line, " "))
			line, cells = word, n
		default:
			line, cells = line+" "+word, cells+1+n
		}
	}
	return append(out, line)
}

// Fold breaks text that has few spaces, such as a URL or JSON, where it must: after a slash or another mark, and within a word or
// an id only where a line has no room for it. What follows is indented as the line itself and two more.
func Fold(s string, width int) []string {
	if width < 4 {
		return []string{Fit(s, width)}
	}
	var out []string
	for _, line := range strings.Split(s, "\n") {
		indent := strings.Repeat(" ", min(len(line)-len(strings.TrimLeft(line, " "))+2, width/2))
		indented := 0 // bytes at the start of line that are our own
		for ansi.StringWidth(line) > width {
			n := breakAt(line, width, width-len(indent), indented)
			if n <= indented {
				break // a character wider than the line
			}
			out = append(out, line[:n])
			line, indented = indent+line[n:], len(indent)
		}
		out = append(out, ansi.Truncate(line, width, ""))
	}
	return out
}

// marks are what a line without spaces may be broken after.
const marks = "/&?, "

// id is what stays whole where a line has room for it.
var id = regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)

// BriefPath is the path of a URL with only the beginnings of ids.
func BriefPath(raw string) string {
	return id.ReplaceAllStringFunc(Path(raw), func(id string) string { return id[:8] + "…" })
}

// breakAt returns where a line is broken that is wider than width: after a mark in its second half, or before that if the next line,
// of so much room, holds what follows up to the next mark; else within a word, but not within an id. Nothing is broken in the first
// indented bytes.
func breakAt(line string, width, room, indented int) int {
	n := len(ansi.Truncate(line, width, ""))
	at := strings.LastIndexAny(line[:n], marks) + 1
	rest := line[at:]
	if end := strings.IndexAny(rest, marks); end >= 0 {
		rest = rest[:end+1]
	}
	if at > max(n/2, indented) || at > indented && strings.TrimSpace(line[:at]) != "" && ansi.StringWidth(rest) <= room {
		return at
	}
	for _, found := range id.FindAllStringIndex(line, -1) {
		if found[0] < n && n < found[1] && found[0] > indented && found[1]-found[0] <= room {
			return found[0]
		}
	}
	return n
}

// Fit cuts s to width cells, with an ellipsis where something is missing.
func Fit(s string, width int) string {
	switch {
	case width <= 0:
		return ""
	case len(s) <= width: // no text has more cells than bytes
		return s
	}
	return ansi.Truncate(s, width, "…")
}

// Pad makes s exactly width cells wide.
func Pad(s string, width int) string {
	s = Fit(s, width)
	return s + strings.Repeat(" ", max(0, width-ansi.StringWidth(s)))
}

// Body is a body of an exchange as it is shown: JSON indented, a form one field a line.
func Body(body string) string { return Clean(report.PrettyBody(body)) }

// numbers are written out in running text, from two on.
var numbers = []texts.Text{"two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}

// InWords is a small number as a word, a larger one in digits.
func (w Words) InWords(n int) string {
	if n < 2 || n-2 >= len(numbers) {
		return strconv.Itoa(n)
	}
	return w.T(numbers[n-2])
}
