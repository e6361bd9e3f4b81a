// Package foreign is where text and files from elsewhere come in: what a server, a token or a file says is made safe
// before it reaches a terminal, a file or JSON, and files are read within a bound. It knows nothing of Keycloak.
package foreign

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Hidden reports whether a character acts or hides instead of being drawn: control characters, those that turn the
// direction of writing, those without a width (joiners, variation selectors, tags, fillers), line and paragraph
// separators, and what is no character at all. Line breaks and tabs are among them.
func Hidden(r rune) bool {
	switch {
	case r < 0xa0:
		return unicode.IsControl(r)
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r): // signs of Arabic and other scripts that are drawn
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point,
		unicode.Variation_Selector, unicode.Noncharacter_Code_Point)
}

// Text makes text from elsewhere safe for a terminal, a file and JSON. What is hidden (see [Hidden]) becomes an escape in
// the form of JSON, as in \u001b, so that a reader sees that it was there, and a JSON document keeps its meaning. Line
// breaks stay, tabs become spaces, and bytes that are not UTF-8 become U+FFFD.
func Text(s string) string {
	if harmless(s) {
		return s
	}
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\t", "    ")
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || !Hidden(r):
			b.WriteRune(r)
		case r <= 0xffff:
			escape(&b, r)
		default:
			high, low := utf16.EncodeRune(r)
			escape(&b, high)
			escape(&b, low)
		}
	}
	return b.String()
}

// harmless reports whether nothing has to be changed, without reading a text of ASCII by its runes.
func harmless(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\n' || c == 0x7f || c >= utf8.RuneSelf {
			return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && Hidden(r) })
		}
	}
	return true
}

func escape(b *strings.Builder, unit rune) {
	const hex = "0123456789abcdef"
	b.WriteString(`\u`)
	for shift := 12; shift >= 0; shift -= 4 {
		b.WriteByte(hex[unit>>shift&15])
	}
}

// Line returns [Text] on one line, for names and sentences: a line break in them must not begin a line of its own.
func Line(s string) string { return strings.ReplaceAll(Text(s), "\n", " ") }

// JSON returns an indented JSON document in which nothing is hidden: what [Text] would change stands there as an escape,
// and reads back as it was.
func JSON(v any) ([]byte, error) {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, err
	}
	return []byte(Text(string(text))), nil
}
