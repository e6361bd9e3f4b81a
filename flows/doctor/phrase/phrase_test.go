package phrase

import (
	"strings"
	"testing"

	"fix403/flows/texts"
)

func TestLists(t *testing.T) {
	german, err := texts.In("de")
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Split(strings.Repeat("r ", 61)+"r", " ")
	for _, tt := range []struct{ got, want string }{
		{Listed(nil, "no role").String(), "no role"},
		{Listed([]string{"a", "b"}, "no role").String(), "a, b"},
		{Listed(long, "").String(), strings.TrimSuffix(strings.Repeat("r, ", 60), ", ") + ", and 2 more"},
		{Roles(nil).String(), "a role"},
		{Roles([]string{"a", "b", "c"}).String(), "a, b and c"},
		{german.Say(Roles([]string{"a", "b"})), "a und b"},
		{Or("", "none").String(), "none"},
		{Or("x", "none").String(), "x"},
		{Direct([]string{"a", "b"}, []string{"a"}).String(), " (directly a, the others through composites or groups)"},
		{Direct([]string{"a"}, []string{"a"}).String(), ""},
		{OneLine("a\n\t b"), "a b"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

// TestMalformed names what a text is instead of a token.
func TestMalformed(t *testing.T) {
	for text, want := range map[string]string{
		"$TOKEN": "variable", "{{token}}": "variable", `"a.b.c"`: "quotes", "a.b.c.d.e": "encrypted", "a": "this has 1", "a.b.c": "base64url",
	} {
		if got := Malformed(text).String(); !strings.Contains(got, want) {
			t.Errorf("%s: %q", text, got)
		}
	}
}
