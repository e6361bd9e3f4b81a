package wire

import (
	"bytes"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// minPart is the length from which a secret is found inside of other text; a shorter one only as a word of its own.
	minPart = 8
	// minWord is the length below which a secret is not looked for: see [CannotHide].
	minWord = 4
	// block is how long secrets are searched: piece by piece, so that half of one is found and no comparison is long.
	block = 64
	// longestSought bounds what is taken of one secret; what is longer is known by its beginning.
	longestSought = 32 << 10
)

// span is a part of a text, as offsets of its bytes.
type span struct{ from, to int }

// finder finds secrets in text as it stands.
type finder struct {
	known map[string]bool     // what is looked for
	ends  map[uint64][]string // what is found inside of other text, by its last 8 bytes
	might [1 << 10]uint64     // a bit for the hash of each key of ends: most text is done with by it
	words []string            // what is found as a word
	folds bool                // a space may stand as +
	room  [deepest + 1][]byte // for what is decoded, at each depth
	names []sparedAt          // names that hold what is looked for, see [Recorder.Public]
}

// sparedAt is where a secret is in a name that everybody knows.
type sparedAt struct {
	sought string
	name   string
	at     int
}

func (f *finder) empty() bool { return len(f.ends) == 0 && len(f.words) == 0 }

// add has a secret found, and what is left of it when it is decoded as the text around it.
func (f *finder) add(secret string, names []string) {
	for range 3 {
		f.addForm(secret, names)
		if latin, ok := latin1(secret); ok {
			f.addForm(latin, names)
		}
		plain, _ := unescape(secret, false)
		if plain == nil {
			return
		}
		secret = string(plain)
	}
}

func (f *finder) addForm(secret string, names []string) {
	secret = secret[:min(len(secret), longestSought)]
	if len(secret) <= block {
		f.addPiece(secret, names)
		return
	}
	for i := 0; i+block <= len(secret); i += block {
		f.addPiece(secret[i:i+block], names)
	}
	f.addPiece(secret[len(secret)-block:], names)
}

func (f *finder) addPiece(piece string, names []string) {
	folded := foldPlus(piece)
	f.folds = f.folds || folded != piece || strings.Contains(piece, " ")
	if piece = folded; f.known[piece] || len(piece) < minWord {
		return
	}
	if f.known == nil {
		f.known, f.ends = map[string]bool{}, map[uint64][]string{}
	}
	f.known[piece] = true
	for _, name := range names {
		name = foldPlus(name)
		for at := 0; ; at++ {
			i := strings.Index(name[at:], piece)
			if i < 0 {
				break
			}
			at += i
			f.names = append(f.names, sparedAt{piece, name, at})
		}
	}
	if len(piece) < minPart {
		f.words = append(f.words, piece)
		return
	}
	key := last8(piece)
	f.ends[key] = append(f.ends[key], piece)
	h := hash(key)
	f.might[h>>6] |= 1 << (h & 63)
}

// foldPlus makes spaces of plus signs, since in forms one means the other.
func foldPlus(s string) string { return strings.ReplaceAll(s, "+", " ") }

func last8(s string) (key uint64) {
	for i := len(s) - 8; i < len(s); i++ {
		key = key>>8 | uint64(s[i])<<56
	}
	return key
}

func hash(key uint64) uint64 { return key * 0x9E3779B97F4A7C15 >> 48 }

// find appends where secrets are in text.
func (f *finder) find(text string, partsOnly bool, broken edge, out []span) []span {
	if f.folds {
		text = foldPlus(text)
	}
	if len(f.ends) > 0 {
		var key uint64
		for i := range len(text) {
			key = key>>8 | uint64(text[i])<<56
			if h := hash(key); f.might[h>>6]&(1<<(h&63)) == 0 || i < 7 {
				continue
			}
			for _, piece := range f.ends[key] {
				if from := i + 1 - len(piece); strings.HasSuffix(text[:i+1], piece) && !f.spared(text, piece, from) {
					out = append(out, span{from, i + 1})
				}
			}
		}
	}
	if partsOnly {
		return out
	}
	for _, word := range f.words {
		for from := 0; ; {
			i := strings.Index(text[from:], word)
			if i < 0 {
				break
			}
			i += from
			from = i + len(word)
			if isWord(text, i, from, broken) && !f.spared(text, word, i) {
				out = append(out, span{i, from})
			}
		}
	}
	return out
}

// touches reports whether it is worth the while to look for secrets in something decoded.
func (f *finder) touches(decoded []byte) bool {
	if f.folds {
		decoded = bytes.ReplaceAll(decoded, []byte{'+'}, []byte{' '})
	}
	var key uint64
	for _, c := range decoded {
		key = key>>8 | uint64(c)<<56
		if h := hash(key); f.might[h>>6]&(1<<(h&63)) != 0 {
			return true
		}
	}
	for _, word := range f.words {
		if bytes.Contains(decoded, []byte(word)) {
			return true
		}
	}
	return false
}

// isWord reports whether a part of a text goes on neither before nor behind it.
func isWord(text string, from, to int, broken edge) bool {
	ends := func(i int) bool { return i == 0 || i == len(text) || broken != nil && broken(i) }
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	first, _ := utf8.DecodeRuneInString(text[from:])
	last, _ := utf8.DecodeLastRuneInString(text[:to])
	after, _ := utf8.DecodeRuneInString(text[to:])
	return (ends(from) || !inWord(before) || !inWord(first)) && (ends(to) || !inWord(after) || !inWord(last))
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// spared reports whether a secret is inside of a name that everybody knows.
func (f *finder) spared(text, sought string, from int) bool {
	return slices.ContainsFunc(f.names, func(s sparedAt) bool {
		start := from - s.at
		return s.sought == sought && start >= 0 && strings.HasPrefix(text[start:], s.name) && isWord(text, start, start+len(s.name), nil)
	})
}

// merged returns spans in their order, those that touch as one.
func merged(spans []span) []span {
	sort.Slice(spans, func(i, j int) bool { return spans[i].from < spans[j].from })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

// latin1 returns text as bytes of ISO 8859-1; false where that is the text itself, or cannot be.
func latin1(s string) (string, bool) {
	var out []byte
	for _, r := range s {
		if r > 0xff {
			return "", false
		}
		out = append(out, byte(r)) // #nosec G115 -- below 256
	}
	return string(out), len(out) != len(s)
}
