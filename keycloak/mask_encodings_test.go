package keycloak_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"fix403/keycloak/wire"
)

// encodings are ways in which a text may stand in another.
var encodings = map[string]func(string) string{
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
	"wrapped base64": func(s string) string {
		return wrapped(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("some text ", 9)+s+" and more")), "\n")
	},
	"wrapped base64 in JSON": func(s string) string {
		return wrapped(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("some text ", 9)+s+" and more")), `\r\n`)
	},
	"base64 twice": func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(s))))
	},
	"hex":            func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEX":            func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"JSON":           inJSON,
	"JSON in JSON":   func(s string) string { return inJSON(inJSON(s)) },
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
	"HTML in JSON":   func(s string) string { return inJSON(html.EscapeString(s)) },
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

func inJSON(s string) string {
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

func wrapped(s, lineBreak string) string {
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

// reveals reports whether a reader who decodes a text finds a secret in it. It knows the encodings of the standard library
// and not how masking goes about it.
func reveals(text, secret string, depth int) bool {
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
		if plain := decode(text); plain != text && reveals(plain, secret, depth-1) {
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
			if reveals(string(plain), secret, min(depth-1, 2)) {
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

// secretsOfAllKinds are secrets with characters that some encoding changes, or that look like an encoding themselves.
var secretsOfAllKinds = []string{
	`pl4nted p&ss+w/rd="ü%`, `cl13nt-s3cret/+=&"\ä`, "Adm1n-Pässw0rd%+&\"x\\y-Zq", "simple-secret-1", "100%25 sure", `back\nslash\u0041`, "&amp;&#38;x&lt;", "aGVsbG8gd29ybGQ=", "0123456789abcdef",
	"q7!x", "hunt3r", `a"b\c`, strings.Repeat("long-and-longer ", 20),
}

func TestSecretsAreMaskedInEachEncoding(t *testing.T) {
	for _, secret := range secretsOfAllKinds {
		var r wire.Recorder
		r.Hide(wire.NewSecret(secret))
		for name, encode := range encodings {
			if name == "latin1" && strings.ContainsFunc(secret, func(r rune) bool { return r > 0xff }) {
				continue
			}
			encoded := encode(secret)
			for _, around := range [][2]string{{"seen: ", " here"}, {`{"error":"`, `"}`}, {"<b>", "</b>"}, {"x=", "&y=1"}, {"/path/", "?q"}, {"", ""}} {
				got := r.Mask(around[0] + encoded + around[1])
				if strings.Contains(got, encoded) || reveals(got, secret, 3) {
					t.Errorf("%q as %s: %.300q", secret, name, got)
					break
				}
				if !strings.HasPrefix(got, around[0]) || !strings.HasSuffix(got, around[1]) {
					t.Errorf("%q as %s: what stood around it is gone: %.300q", secret, name, got)
				}
			}
		}
	}
}

// A form of a form of a form.
func TestSecretsAreMaskedInEncodingsOfEncodings(t *testing.T) {
	const secret = `pl4nted p&ss+w/rd="ü%`
	var r wire.Recorder
	r.Hide(wire.NewSecret(secret))
	for outer, encodeOuter := range encodings {
		for inner, encodeInner := range encodings {
			if inner == "latin1" || outer == "latin1" {
				continue
			}
			text := "seen " + encodeOuter("body "+encodeInner(secret)+" end")
			if got := r.Mask(text); reveals(got, secret, 3) {
				t.Errorf("%s in %s: %.300q", inner, outer, got)
			}
		}
	}
}

func TestWordsThatLookLikeSecretsStay(t *testing.T) {
	var r wire.Recorder
	for _, secret := range []string{"demo1", "form", "q7!x"} {
		r.Hide(wire.NewSecret(secret))
	}
	r.Public("demo1", "my-form-realm")
	for text, want := range map[string]string{
		"the realm demo1":                   "the realm demo1", // a name that everybody knows
		"conform, formal, forms, 4form":     "conform, formal, forms, 4form",
		"my-form-realm and form":            "my-form-realm and form", // a word of each request
		"xq7!x q7!x1 q7!xy":                 "xq7!x q7!x1 q7!xy",
		"q7!x (q7!x) q7!x. _q7!x_":          "*** (***) ***. _***_",
		"password=form&username=demo1":      "password=***&username=demo1",
		`{"password":"demo1","id":"demo1"}`: `{"password":"***","id":"demo1"}`,
	} {
		if got := r.Mask(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestSecretsThatCannotBeHidden(t *testing.T) {
	for secret, want := range map[string]wire.Exposure{
		"": wire.NotExposed, "200": wire.ExposedShort, "abc": wire.ExposedShort, "q7!x": wire.NotExposed, "admin": wire.ExposedWord,
		"Bearer": wire.ExposedWord, "application/json": wire.ExposedWord, "no-store": wire.ExposedWord, "my-realm": wire.ExposedWord, "my-realm-1": wire.NotExposed,
	} {
		if got := wire.NewSecret(secret).Exposure("my-realm"); got != want {
			t.Errorf("%q: %q, want %q", secret, got, want)
		}
	}
}

// FuzzMasking hides secrets in random texts in random encodings, and looks whether they can be read.
func FuzzMasking(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed, "")
	}
	f.Add(uint64(1), `%4%41\u00&#x41;&am`)
	names := make([]string, 0, len(encodings))
	for name := range encodings {
		if name != "latin1" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	f.Fuzz(func(t *testing.T, seed uint64, noise string) {
		random := rand.New(rand.NewPCG(seed, 7))
		secret := secretsOfAllKinds[random.IntN(len(secretsOfAllKinds))]
		if random.IntN(2) == 0 {
			const letters = "abcXYZ0189-_+/=%&\\\"' <>üß€😀"
			runes := []rune(letters)
			secret = "S"
			for range 8 + random.IntN(20) {
				secret += string(runes[random.IntN(len(runes))])
			}
			secret += "E"
		}
		var r wire.Recorder
		r.Hide(wire.NewSecret(secret))
		text := noise[:min(len(noise), 200)] + " "
		var used []string
		for range 1 + random.IntN(3) {
			name := names[random.IntN(len(names))]
			piece := encodings[name](secret)
			if random.IntN(2) == 0 {
				outer := names[random.IntN(len(names))]
				piece, name = encodings[outer]("<"+piece+">"), name+" in "+outer
			}
			used = append(used, name)
			text += []string{" ", `"`, "=", "(", "\n"}[random.IntN(5)] + piece + []string{" ", `"`, "&", ")", "\n"}[random.IntN(5)]
		}
		text += " " + noise[:min(len(noise), 200)]
		if got := r.Mask(text); reveals(got, secret, 3) && !reveals(noise, secret, 3) {
			t.Errorf("%q as %q can be read in %q, which was %q", secret, used, got, text)
		}
	})
}
