// Package wiretest hides secrets in text and finds them again, for tests of what masks them.
package wiretest

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf16"
)

var percent = regexp.MustCompile("%[0-9A-F]{2}")

// Encodings are ways in which a text may be written in another.
var Encodings = map[string]func(string) string{
	"clear":         func(s string) string { return s },
	"query":         url.QueryEscape,
	"path":          url.PathEscape,
	"lower hex":     func(s string) string { return percent.ReplaceAllStringFunc(url.QueryEscape(s), strings.ToLower) },
	"double":        func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
	"all percent":   eachByte(func(c byte) string { return fmt.Sprintf("%%%02x", c) }),
	"other percent": alternately(eachByte(func(c byte) string { return fmt.Sprintf("%%%02X", c) })),
	"base64":        func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64url":     func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"in base64": func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte("user=me&password=" + s + "&x=1"))
	},
	"in base64, 1": func(s string) string {
		return base64.RawStdEncoding.EncodeToString([]byte("u=me&password=" + s + "&x=12"))
	},
	"in base64, 2": func(s string) string { return base64.URLEncoding.EncodeToString([]byte("me&password=" + s + "&x=123")) },
	"form in base64": func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte("password=" + url.QueryEscape(s) + "&grant_type=password"))
	},
	"Wrapped base64": func(s string) string {
		return Wrapped(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("some text ", 9)+s+" and more")), "\n")
	},
	"Wrapped base64 in JSON": func(s string) string {
		return Wrapped(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("some text ", 9)+s+" and more")), `\r\n`)
	},
	"base64 twice": func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(s))))
	},
	"hex":            func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEX":            func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"JSON":           InJSON,
	"JSON in JSON":   func(s string) string { return InJSON(InJSON(s)) },
	"\\u":            eachUnit("\\u%04x"),
	"\\U":            eachUnit("\\u%04X"),
	"some \\u":       alternately(eachUnit("\\u%04x")),
	"\\x":            eachByte(func(c byte) string { return fmt.Sprintf("\\x%02x", c) }),
	"%u":             eachUnit("%%u%04X"),
	"HTML":           html.EscapeString,
	"HTML names":     strings.NewReplacer("&", "&amp;", `"`, "&quot;", "'", "&apos;", "<", "&lt;", "ü", "&uuml;", "ä", "&auml;", "+", "&plus;").Replace,
	"HTML decimal":   eachRune("&#%d;"),
	"HTML hex":       eachRune("&#x%x;"),
	"HTML Hex":       eachRune("&#X%04X;"),
	"some HTML":      alternately(eachRune("&#%d;")),
	"HTML in JSON":   func(s string) string { return InJSON(html.EscapeString(s)) },
	"URL in HTML":    func(s string) string { return html.EscapeString(url.QueryEscape(s)) },
	"HTML twice":     func(s string) string { return html.EscapeString(html.EscapeString(s)) },
	"a line break":   func(s string) string { return s[:1] + "\r\n\t" + s[1:] },
	"an escape":      func(s string) string { return s[:1] + "\x1b[31m" + s[1:] },
	"zero width":     func(s string) string { return s[:1] + "\u200b" + s[1:] },
	"bytes of UTF16": func(s string) string { return strings.Join(strings.Split(s, ""), "\x00") },
	"latin1": func(s string) string {
		var out []byte
		for _, r := range s {
			out = append(out, byte(r))
		}
		return string(out)
	},
}

// InJSON returns a text as it is within a string of JSON.
func InJSON(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(quoted[1 : len(quoted)-1])
}

func eachByte(f func(byte) string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			b.WriteString(f(s[i]))
		}
		return b.String()
	}
}

func eachRune(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, r := range s {
			fmt.Fprintf(&b, format, r)
		}
		return b.String()
	}
}

func eachUnit(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(s)) {
			fmt.Fprintf(&b, format, u)
		}
		return b.String()
	}
}

// alternately encodes each second of those characters that an escape does not need.
func alternately(f func(string) string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for i, r := range []rune(s) {
			if c := string(r); i%2 == 0 || strings.Contains(`%\&"`, c) {
				b.WriteString(f(c))
			} else {
				b.WriteString(c)
			}
		}
		return b.String()
	}
}

// Wrapped returns a text in lines.
func Wrapped(s, lineBreak string) string {
	var lines []string
	for len(s) > 64 {
		lines, s = append(lines, s[:64]), s[64:]
	}
	return strings.Join(append(lines, s), lineBreak)
}

var (
	base64Run = regexp.MustCompile(`[A-Za-z0-9+/_-]{6,}`)
	hexRun    = regexp.MustCompile(`[0-9A-Fa-f]{8,}`)
	unit      = regexp.MustCompile(`[\\%]u([0-9A-Fa-f]{4})`)
	octet     = regexp.MustCompile(`(?:%|\\x)([0-9A-Fa-f]{2})`)
	invisible = regexp.MustCompile("\x1b\\[[0-9;]*m|\u200b|\x00|[\r\n]+[ \t]*|(\\\\r)?\\\\n")
)

// Reveals reports whether a reader who decodes a text finds a secret in it. It knows the Encodings of the standard library
// and not how masking goes about it.
func Reveals(text, secret string, depth int) bool {
	if strings.Contains(text, secret) {
		return true
	}
	if depth == 0 {
		return false
	}
	for _, decode := range []func(string) string{
		func(s string) string {
			return octet.ReplaceAllStringFunc(s, func(m string) string { b, _ := hex.DecodeString(m[len(m)-2:]); return string(b) })
		},
		html.UnescapeString,
		func(s string) string { return invisible.ReplaceAllString(s, "") },
		func(s string) string { return strings.ReplaceAll(s, "+", " ") },
		func(s string) string {
			var units []uint16
			flush := func() string { out := string(utf16.Decode(units)); units = nil; return out }
			var b strings.Builder
			done := 0
			for _, m := range unit.FindAllStringSubmatchIndex(s, -1) {
				if m[0] > done {
					b.WriteString(flush() + s[done:m[0]])
				}
				var u uint16
				_, _ = fmt.Sscanf(s[m[2]:m[3]], "%x", &u)
				units, done = append(units, u), m[1]
			}
			return b.String() + flush() + s[done:]
		},
		func(s string) string {
			var plain string
			if json.Unmarshal([]byte(`"`+s+`"`), &plain) == nil {
				return plain
			}
			return strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\/`, `/`).Replace(s)
		},
	} {
		if plain := decode(text); plain != text && Reveals(plain, secret, depth-1) {
			return true
		}
	}
	for _, run := range base64Run.FindAllString(text, -1) {
		run = strings.NewReplacer("-", "+", "_", "/").Replace(run)
		for phase := range min(4, len(run)) {
			plain, _ := base64.RawStdEncoding.DecodeString(run[phase : len(run)-(len(run)-phase)%4])
			if tail := (len(run) - phase) % 4; tail > 1 {
				plain, _ = base64.RawStdEncoding.DecodeString(run[phase:])
			}
			if Reveals(string(plain), secret, min(depth-1, 2)) {
				return true
			}
		}
	}
	for _, run := range hexRun.FindAllString(text, -1) {
		for phase := range 2 {
			plain, _ := hex.DecodeString(run[phase : len(run)-(len(run)-phase)%2])
			if strings.Contains(string(plain), secret) {
				return true
			}
		}
	}
	return false
}
