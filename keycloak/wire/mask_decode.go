package wire

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// deepest is how many encodings inside of each other are looked through.
	deepest = 5
	// shortestRun is the length from which letters and digits may be the base64 of a secret, or of one that is a word.
	shortestRun, shortestWordRun = minPart * 8 / 6, minWord * 8 / 6
)

// search finds where secrets are in a text, in the clear or encoded: with any of its characters escaped as in URLs, JSON,
// JavaScript or HTML, broken into lines, or as part of base64 or hexadecimal text, and several of these inside of each other.
// Nothing lists the forms of a secret: the text is decoded, and what is found there marks what it was decoded from.
type search struct {
	*finder
	partsOnly bool             // no words
	drawn     bool             // what a terminal is told by a sequence, such as its title, is no part of the text: see values
	work      [deepest + 1]int // how many bytes may still be decoded at each depth, so that no text costs more than its length allows
}

// edge reports whether a line break was before a byte of a text, which is not in it any more; nil for none.
type edge func(at int) bool

// in returns where secrets are in a text as a whole.
func (s *search) in(text string) []span {
	for depth := range s.work {
		s.work[depth] = 8*len(text) + 1<<16
	}
	return s.spans(text, nil, 0, nil)
}

// spans appends where secrets are in text.
func (s *search) spans(text string, broken edge, depth int, out []span) []span {
	out = s.find(text, s.partsOnly, broken, out)
	if depth == deepest {
		return out
	}
	for from, to := s.escaped(text, 0); from < to && s.work[depth] >= 0; from, to = s.escaped(text, to) {
		s.work[depth] -= to - from
		plain, at := unescape(text[from:to], s.drawn)
		brokenBefore := func(i int) bool { // anywhere in what was taken off before a byte
			first, last := from, to
			if i > 0 {
				first = from + int(at[i-1]) + 1
			}
			if i < len(at) {
				last = from + int(at[i])
			}
			for raw := first; raw <= last; raw++ {
				if raw > 0 && text[raw-1] <= ' ' || broken != nil && broken(raw) {
					return true
				}
			}
			return false
		}
		for _, found := range s.spans(string(plain), brokenBefore, depth+1, nil) {
			last := from + int(at[found.to-1])
			_, n := escape(text[last:], s.drawn)
			out = append(out, span{from + int(at[found.from]), last + max(n, 1)})
		}
	}
	return s.inRuns(text, depth, out)
}

// around is how far a secret in which something is escaped may reach from there: a block on either side, in the longest of
// the encodings of a character.
const around = 8 * block

// escaped returns the next part of a text, behind after, in which something is escaped; what is far from that needs no second look.
func (s *search) escaped(text string, after int) (from, to int) {
	for i := after; i < len(text) && (to == 0 || i < to); i++ {
		if !escapes[text[i]] {
			continue
		}
		_, n := escape(text[i:], s.drawn)
		if n == 0 {
			continue
		}
		if to == 0 {
			from = max(0, i-around)
		}
		to = min(len(text), i+n+around)
		i += n - 1
	}
	return from, to
}

// The kinds of bytes that base64, in both alphabets, and hexadecimal text are made of.
const (
	noRun = 0xff
)

var base64Value, hexValue = func() (base64, hex [256]byte) {
	for i := range 256 {
		base64[i], hex[i] = noRun, noRun
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		base64[c] = byte(i) // #nosec G115 -- below 64
	}
	base64['-'], base64['_'] = base64['+'], base64['/']
	for i, c := range []byte("0123456789abcdef") {
		hex[c] = byte(i)                             // #nosec G115 -- below 16
		hex[strings.ToUpper(string(c))[0]] = byte(i) // #nosec G115 -- below 16
	}
	return base64, hex
}()

// inRuns decodes each run of letters and digits that may be base64 or hexadecimal text.
func (s *search) inRuns(text string, depth int, out []span) []span {
	buffer := s.room[depth]
	defer func() { s.room[depth] = buffer }()
	shortest := shortestRun
	if len(s.words) > 0 {
		shortest = shortestWordRun
	}
	for from, to := run(text, 0, &base64Value); from < to && s.work[depth] >= 0; from, to = run(text, to, &base64Value) {
		if to-from < shortest {
			continue
		}
		s.work[depth] -= to - from
		end := to // of the padding
		for end < len(text) && text[end] == '=' {
			end++
		}
		for phase := range min(4, to-from-shortest+1) {
			start := from + phase
			buffer = base64Bytes(buffer[:0], text[start:to])
			for _, found := range s.decoded(buffer, shortest, depth) {
				at := span{start + found.from*8/6, start + (found.to*8+5)/6}
				if at.to >= to {
					at.to = end
				}
				out = append(out, at)
			}
		}
		for hexFrom, hexTo := run(text[:to], from, &hexValue); hexFrom < hexTo; hexFrom, hexTo = run(text[:to], hexTo, &hexValue) {
			for phase := range min(2, max(0, hexTo-hexFrom-2*minWord+1)) {
				start := hexFrom + phase
				buffer = buffer[:0]
				for i := start; i+1 < hexTo; i += 2 {
					buffer = append(buffer, hexValue[text[i]]<<4|hexValue[text[i+1]])
				}
				for _, found := range s.decoded(buffer, shortest, depth) {
					out = append(out, span{start + 2*found.from, start + 2*found.to})
				}
			}
		}
	}
	return out
}

// run returns the next run of bytes that have a value, behind after.
func run(text string, after int, value *[256]byte) (from, to int) {
	for from = after; from < len(text) && value[text[from]] == noRun; from++ {
		continue
	}
	for to = from; to < len(text) && value[text[to]] != noRun; to++ {
		continue
	}
	return from, to
}

// decoded searches what came out of a run. Only the parts that are text are decoded further: most runs are no base64 at all,
// and what stands before one may look like a part of it.
func (s *search) decoded(buffer []byte, shortest, depth int) (out []span) {
	if s.touches(buffer) {
		out = s.find(string(buffer), s.partsOnly, nil, nil)
	}
	for i := 0; i < len(buffer); i++ {
		from := i
		for i < len(buffer) && (inText[buffer[i]] || buffer[i] >= 0x80 && wholeRune(buffer, &i)) {
			i++
		}
		if i-from >= shortest {
			for _, found := range s.spans(string(buffer[from:i]), nil, depth+1, nil) {
				out = append(out, span{from + found.from, from + found.to})
			}
		}
	}
	return out
}

// inText are the bytes of ASCII that stand in text.
var inText = func() (text [256]bool) {
	for _, c := range []byte("\x00\t\n\r\x1b") {
		text[c] = true
	}
	for c := ' '; c < 0x7f; c++ {
		text[c] = true
	}
	return text
}()

// wholeRune reports whether a character of more bytes stands at i, which is then its last one.
func wholeRune(b []byte, i *int) bool {
	r, n := utf8.DecodeRune(b[*i:])
	if r == utf8.RuneError {
		return false
	}
	*i += n - 1
	return true
}

func base64Bytes(out []byte, run string) []byte {
	for ; len(run) >= 4; run = run[4:] {
		bits := uint32(base64Value[run[0]])<<18 | uint32(base64Value[run[1]])<<12 | uint32(base64Value[run[2]])<<6 | uint32(base64Value[run[3]])
		out = append(out, byte(bits>>16), byte(bits>>8), byte(bits)) // #nosec G115 -- eight bits each
	}
	if len(run) > 1 {
		out = append(out, base64Value[run[0]]<<2|base64Value[run[1]]>>4)
	}
	if len(run) > 2 {
		out = append(out, base64Value[run[1]]<<4|base64Value[run[2]]>>2)
	}
	return out
}

// escapes are the bytes at which unescape has something to do.
var escapes = func() (special [256]bool) {
	for i := range 32 {
		special[i] = i != '\t'
	}
	for _, c := range []byte{'%', '\\', '&', 0x7f, 0xc2, 0xe2, 0xef} {
		special[c] = true
	}
	return special
}()

// unescape takes one layer of escapes off a text, of whatever kinds stand in it, and what has no width: line breaks with the
// white space around them, and what is removed before text is drawn. It returns nil where there is nothing to do, and else
// for each byte where it stood.
func unescape(text string, drawn bool) (plain []byte, at []int32) {
	first := 0
	for ; first < len(text); first++ {
		if escapes[text[first]] {
			if _, n := escape(text[first:], drawn); n > 0 {
				break
			}
		}
	}
	if first == len(text) {
		return nil, nil
	}
	plain, at = make([]byte, 0, len(text)), make([]int32, 0, len(text))
	for i := range first {
		at = append(at, int32(i)) // #nosec G115 -- texts are not that long
	}
	plain = append(plain, text[:first]...)
	for i := first; i < len(text); {
		n := 0
		var s string
		if escapes[text[i]] {
			s, n = escape(text[i:], drawn)
		}
		if n == 0 {
			s, n = text[i:i+1], 1
		}
		for range len(s) {
			at = append(at, int32(i)) // #nosec G115 -- texts are not that long
		}
		plain = append(plain, s...)
		i += n
	}
	return plain, at
}

// escape reads an escape at the beginning of a text: what it means, and its length; 0 if there is none.
func escape(text string, drawn bool) (s string, length int) {
	switch c := text[0]; {
	case c == '%':
		return percentEscape(text)
	case c == '\\':
		return backslashEscape(text)
	case c == '&':
		return htmlEscape(text)
	case c == '\n', c == '\r':
		n := 1
		for n < len(text) && (text[n] == ' ' || text[n] == '\t' || text[n] == '\n' || text[n] == '\r') {
			n++
		}
		return "", n
	case c == 0x1b:
		return "", terminalSequence(text, drawn)
	case c < ' ', c == 0x7f:
		return "", 1
	}
	switch r, n := utf8.DecodeRuneInString(text); {
	case r >= 0x80 && r < 0xa0, r == 0xad, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff, r >= 0xfe00 && r <= 0xfe0f:
		return "", n
	}
	return "", 0
}

func percentEscape(text string) (string, int) {
	if len(text) >= 6 && text[1] == 'u' {
		return unitEscape(text)
	}
	if len(text) >= 3 && hexValue[text[1]] != noRun && hexValue[text[2]] != noRun {
		return string([]byte{hexValue[text[1]]<<4 | hexValue[text[2]]}), 3
	}
	return "", 0
}

func hexRune(digits string) (rune, bool) {
	n, err := strconv.ParseUint(digits, 16, 31)
	return rune(n), err == nil // #nosec G115 -- 31 bits
}

func backslashEscape(text string) (string, int) {
	if len(text) < 2 {
		return "", 0
	}
	switch text[1] {
	case 'n', 'r':
		return "\n", 2
	case 't':
		return "\t", 2
	case 'b', 'f':
		return " ", 2
	case '"', '\\', '/', '\'':
		return text[1:2], 2
	case 'x':
		if len(text) >= 4 {
			if n, err := strconv.ParseUint(text[2:4], 16, 8); err == nil {
				return string([]byte{byte(n)}), 4
			}
		}
	case 'u':
		return unicodeEscape(text)
	case 'U':
		if len(text) >= 10 {
			if r, ok := hexRune(text[2:10]); ok {
				return string(r), 10
			}
		}
	}
	return "", 0
}

func unicodeEscape(text string) (string, int) {
	if len(text) > 2 && text[2] == '{' {
		if end := strings.IndexByte(text[:min(len(text), 12)], '}'); end > 3 {
			if r, ok := hexRune(text[3:end]); ok {
				return string(r), end + 1
			}
		}
		return "", 0
	}
	return unitEscape(text)
}

// unitEscape reads a unit of UTF-16, as \u or %u and four digits, or two that are one character.
func unitEscape(text string) (string, int) {
	if len(text) < 6 {
		return "", 0
	}
	r, ok := hexRune(text[2:6])
	if !ok {
		return "", 0
	}
	if utf16.IsSurrogate(r) && len(text) >= 12 && text[6:8] == text[:2] {
		if low, ok := hexRune(text[8:12]); ok {
			if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
				return string(both), 12
			}
		}
	}
	return string(r), 6
}

// longestEntity is the length of the longest name of a character in HTML, with & and ;.
const longestEntity = 33

func htmlEscape(text string) (string, int) {
	if len(text) < 3 || text[1] != '#' && !isLetter(text[1]) {
		return "", 0
	}
	name := 2
	for name < min(len(text), longestEntity) && (isLetter(text[name]) || text[name] >= '0' && text[name] <= '9') {
		name++
	}
	end := name + 1
	if name == len(text) || text[name] != ';' {
		if text[1] != '#' {
			return "", 0
		}
		for end = 2; end < min(len(text), 12) && (text[end] >= '0' && text[end] <= '9' || text[2]|0x20 == 'x' && (end == 2 || hexValue[text[end]] != noRun)); end++ {
			continue // numbers are read without their end, too
		}
	}
	if s := html.UnescapeString(text[:end]); s != text[:end] {
		return s, end
	}
	return "", 0
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// terminalSequence returns the length of an escape sequence for a terminal: it is removed before text is drawn.
func terminalSequence(text string, drawn bool) int {
	next := 1
	for next < len(text) && text[next] == 0 {
		next++
	}
	if next == len(text) {
		return next
	}
	switch text[next] {
	case '[':
		for i := next + 1; i < len(text); i++ {
			if text[i] >= '@' && text[i] <= '~' {
				return i + 1
			}
			if text[i] != 0 && text[i] < ' ' {
				return i
			}
		}
		return len(text)
	case ']', 'P', 'X', '^', '_':
		if !drawn {
			return next + 1
		}
		for i := next + 1; i < len(text); i++ {
			if text[i] == 7 || text[i] == 0x1b {
				return i + 1
			}
		}
	}
	return 1
}
