package flags

import (
	"bufio"
	"bytes"
	"strings"

	"fix403/flows/traffic"
)

// CallLine is a call in a file of calls.
type CallLine struct {
	Text string
	Line int
}

// CallLines returns the calls of a file that has one on each line; # begins a comment, and empty lines do not count. Of a recording it returns
// those that differ, of a caller alone if client is one.
func CallLines(text []byte, path, client string) ([]CallLine, traffic.Skipped, error) {
	if traffic.Recorded(text) {
		return recorded(text, path, client)
	}
	const longest = 64 << 10
	var calls []CallLine
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, longest)
	n := 1
	for ; lines.Scan(); n++ {
		if text := strings.TrimSpace(lines.Text()); text != "" && !strings.HasPrefix(text, "#") {
			calls = append(calls, CallLine{text, n})
		}
	}
	if err := lines.Err(); err != nil {
		return nil, traffic.Skipped{}, Usage("It should hold one call a line.", "line %d of %s cannot be read: %v", n, path, err)
	}
	if len(calls) == 0 {
		return nil, traffic.Skipped{}, Usage(`Write one a line, such as "GET /admin/realms/r/users".`, "%s holds no call", path)
	}
	return calls, traffic.Skipped{}, nil
}

func recorded(text []byte, path, client string) ([]CallLine, traffic.Skipped, error) {
	all, skipped, err := Recording(text, path, client)
	if err != nil {
		return nil, skipped, err
	}
	var calls []CallLine
	for _, c := range traffic.Distinct(all) {
		calls = append(calls, CallLine{c.Method + " " + c.Path, c.Line})
	}
	return calls, skipped, nil
}

// Recording returns the calls of a recording, of a caller alone if client is one.
func Recording(text []byte, path, client string) ([]traffic.Call, traffic.Skipped, error) {
	calls, skipped, err := traffic.Read(bytes.NewReader(text))
	if err != nil {
		return nil, skipped, err
	}
	if client != "" {
		calls = traffic.By(client, calls)
	}
	if len(calls) == 0 {
		return nil, skipped, Usage("Record calls to /admin/realms, and name no client that makes none.", "%s holds no call of the admin API", path)
	}
	return calls, skipped, nil
}

// Split returns the calls and their lines.
func Split(calls []CallLine) (texts []string, lines []int) {
	for _, c := range calls {
		texts, lines = append(texts, c.Text), append(lines, c.Line)
	}
	return texts, lines
}
