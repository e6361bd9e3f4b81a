package foreign

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// drawn are characters that stand beside hidden ones in Unicode's categories, and are ordinary text.
const drawn = "aäßéñ 領域 עברית عربي हिन्दी 한국어 ไทย 👍 ❤ ½ ¿ \u00a0 \u0301 \u0600 \u06dd \U000110bd \ue000 �"

func TestHiddenByCategory(t *testing.T) {
	for _, r := range drawn {
		if Hidden(r) {
			t.Errorf("%U is ordinary text", r)
		}
	}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		control := unicode.Is(unicode.Cc, r)
		separator := unicode.In(r, unicode.Zl, unicode.Zp)
		letter := unicode.In(r, unicode.L, unicode.Nd, unicode.P, unicode.Sm, unicode.Sc) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
		switch got := Hidden(r); {
		case (control || separator || unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Join_Control, r) || unicode.Is(unicode.Variation_Selector, r)) && !got:
			t.Errorf("%U acts or hides, and is let through", r)
		case r >= 0xe0000 && r <= 0xe0fff && !got:
			t.Errorf("%U is a tag or another selector, and is let through", r)
		case letter && got:
			t.Errorf("%U is a letter, digit or sign, and is escaped", r)
		}
	}
	for _, r := range "\u00ad\u034f\u115f\u180e\u200b\u2060\u2061\u2065\u3164\ufeff\uffa0\ufff9\ufffe\U0001d173" {
		if !Hidden(r) {
			t.Errorf("%U has no width, and is let through", r)
		}
	}
}

// TestTextOfEachCharacter: whatever comes in, what comes out is drawn; what was drawn before is the same; and as JSON it
// reads back as it was.
func TestTextOfEachCharacter(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		in := "a" + string(r) + "b" // a surrogate becomes U+FFFD
		out := Text(in)
		if strings.ContainsFunc(out, func(r rune) bool { return r != '\n' && Hidden(r) }) {
			t.Errorf("%U comes out as %q", r, out)
		}
		if !strings.HasPrefix(out, "a") || !strings.HasSuffix(out, "b") || len(out) < 3 {
			t.Errorf("%U leaves nothing to see: %q", r, out)
		}
		if !Hidden(r) && out != in {
			t.Errorf("%U is ordinary text and comes out as %q", r, out)
		}
		if again := Text(out); again != out {
			t.Errorf("%U: %q is not kept: %q", r, out, again)
		}
		if !Hidden(r) && r > 0x3000 {
			continue // JSON of each would take seconds
		}
		document, err := JSON(map[string]string{in: in})
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsFunc(string(document), func(r rune) bool { return r != '\n' && Hidden(r) }) {
			t.Errorf("%U in JSON comes out as %q", r, document)
		}
		var back map[string]string
		if err := json.Unmarshal(document, &back); err != nil || back[in] != in {
			t.Errorf("%U in JSON reads back as %q (%v)", r, back, err)
		}
	}
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "",
		"a\r\nb\tc":                "a\nb    c",
		"\x1b]0;t\x07":             `\u001b]0;t\u0007`,
		"a\rb":                     `a\u000db`,
		"\u009b2J":                 `\u009b2J`,
		"\x9b2J\xff\xfe":           "\ufffd2J\ufffd",
		"view-users\u200b":         `view-users\u200b`,
		"\u202egnp.exe":            `\u202egnp.exe`,
		"\U000e0041":               `\udb40\udc41`,
		`{"a":"` + "\u200b" + `"}`: `{"a":"\u200b"}`,
		"Grüße an René, 領域 und عربي 👍": "Grüße an René, 領域 und عربي 👍",
	} {
		if got := Text(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := Line("a\r\nok: b\nc"); got != "a ok: b c" {
		t.Errorf("%q", got)
	}
}

func FuzzText(f *testing.F) {
	f.Add("a\x1b[31m\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		out := Text(s)
		if !utf8.ValidString(out) || strings.ContainsFunc(out, func(r rune) bool { return r != '\n' && Hidden(r) }) {
			t.Errorf("%q: %q", s, out)
		}
		if Text(out) != out {
			t.Error("not the same again")
		}
		if document, err := JSON(s); err != nil || !json.Valid(document) {
			t.Errorf("%s (%v)", document, err)
		}
	})
}

func ExampleText() {
	fmt.Println(Text("view-users\u200b"))
	// Output: view-users\u200b
}
