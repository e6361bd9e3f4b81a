package flags

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
)

// CallLine is a call in a file of calls; Where begins an error about it.
type CallLine struct{ Text, Where string }

// CallLines returns the calls of a file that has one on each line; # begins a comment, and empty lines do not count.
func CallLines(text []byte, path string) ([]CallLine, error) {
	const longest = 64 << 10
	var calls []CallLine
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, longest)
	for n := 1; lines.Scan(); n++ {
		if text := strings.TrimSpace(lines.Text()); text != "" && !strings.HasPrefix(text, "#") {
			calls = append(calls, CallLine{text, fmt.Sprintf("line %d of %s: ", n, path)})
		}
	}
	if err := lines.Err(); err != nil {
		return nil, Usage("It should hold one call a line.", "the calls cannot be read: %v", err)
	}
	if len(calls) == 0 {
		return nil, Usage(`Write one a line, such as "GET /admin/realms/r/users".`, "%s holds no call", path)
	}
	return calls, nil
}

// Texts are the calls alone.
func Texts(lines []CallLine) []string {
	var calls []string
	for _, line := range lines {
		calls = append(calls, line.Text)
	}
	return calls
}
