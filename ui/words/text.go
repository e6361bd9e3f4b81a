// Package words holds what both front ends say and draw as plain text: text of servers made safe, broken into lines,
// and the sentences that do not depend on how a screen looks.
package words

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"fix403/flows/report"
	"fix403/flows/texts"
	"fix403/keycloak/foreign"
	"fix403/keycloak/msg"
)

// Words says sentences in the language of its printer; those of Words{} are English.
type Words struct{ *texts.Printer }

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

// Wrap breaks text at spaces into lines of at most width cells; a longer word is cut. Names with hyphens stay whole.
// It never returns no line.
func Wrap(s string, width int) []string {
	const unbreakable = "\u2011" // a hyphen that ansi.Wrap does not break at
	width = max(1, width)
	var out []string
	for _, line := range strings.Split(ansi.Wrap(strings.ReplaceAll(s, "-", unbreakable), width, ""), "\n") {
		line = strings.TrimRight(strings.ReplaceAll(line, unbreakable, "-"), " ")
		out = append(out, ansi.Truncate(line, width, ""))
	}
	return out
}

// Fold breaks text that has few spaces, such as a URL or JSON, where it must: after a slash or another mark where there
// is one in the second half of the line. What follows is indented as the line itself and two more.
func Fold(s string, width int) []string {
	if width < 4 {
		return []string{Fit(s, width)}
	}
	var out []string
	for _, line := range strings.Split(s, "\n") {
		indent := strings.Repeat(" ", min(len(line)-len(strings.TrimLeft(line, " "))+2, width/2))
		indented := 0 // bytes at the start of line that are our own
		for ansi.StringWidth(line) > width {
			head := ansi.Truncate(line, width, "")
			if i := strings.LastIndexAny(head, "/&?, ") + 1; i > max(len(head)/2, indented) {
				head = head[:i]
			}
			if len(head) <= indented {
				break // a character wider than the line
			}
			out = append(out, head)
			line, indented = indent+line[len(head):], len(indent)
		}
		out = append(out, ansi.Truncate(line, width, ""))
	}
	return out
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
