package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// What an answer may hold, whatever a server sends: everything that reads one in this program keeps to it, see [ReadAnswer].
// The densest of real answers, lists of users, has 15 bytes for each value and 53 for each list or object, so that one of
// maxBody bytes is let through; the deepest, serverinfo, has 7 levels. Without these bounds 4 MiB of empty lists take
// more than 600 MiB when they are decoded.
const (
	// maxBody is the largest answer that is read. The largest of the calls made here, serverinfo, has about 300 KB.
	maxBody       = 4 << 20
	maxValues     = 300_000
	maxContainers = 90_000 // lists and objects
	maxDepth      = 64
	// maxHeader bounds the header, whose lines take 25 times their length where they are short. Keycloak's has a few KB.
	maxHeader = 128 << 10
)

var (
	errTooLarge   = fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)
	errTooComplex = errors.New("the JSON of the answer has too many values or levels")
	errSwitched   = errors.New("the server switched to another protocol (101), which nobody had asked for")
)

// ReadAnswer reads the whole body of an answer, which must have come by a transport that heeds the request's context, and
// closes it.
func ReadAnswer(res *http.Response) ([]byte, error) {
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode == http.StatusSwitchingProtocols {
		return nil, errSwitched // its body is the bare connection, on which a read waits for ever, whatever the context says
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	switch {
	case err != nil:
		return body, err
	case len(body) > maxBody:
		return body, errTooLarge
	case TooComplex(body):
		return body, errTooComplex
	}
	return body, nil
}

// TooComplex reports whether a text that begins as JSON does has more in it than may be decoded, or indented. Any other text
// is no list or object, whatever decodes it.
func TooComplex(text []byte) bool {
	text = bytes.TrimLeft(text, " \t\r\n")
	if len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return false
	}
	depth, values, containers := 0, 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
			containers++
			values++
		case '}', ']':
			depth--
		case ',':
			values++
		}
		if depth > maxDepth || values > maxValues || containers > maxContainers {
			return true
		}
	}
	return false
}
