package flags

import (
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// documents are configuration files: those that hold what a flag can be, and others.
var documents = []string{
	"", "\n\n", "# nothing\n", "url = \"http://a\"", "url=\"http://a\"\r\ninsecure = true # so it is\r\n", "realm = 'it is \"so\"'\n", " realm\t=\t'a\tb' ",
	`realm = "a\tb\"c\\d\u00e4\U0001F600"`, `"realm" = "a"`, "'realm' = 'a'", `realm = ""`, "realm = ''", "realm = 1", "realm = 1_000", "realm = -7", "realm = 1.50", "realm = 5e3", "realm = +0",
	"insecure = false", "insecure = True", "insecure = truer", "realm", "realm =", "realm = # none", "= 1", "realm = a", `realm = "a`, "realm = 'a", `realm = "a" "b"`, `realm = "a" url = "b"`,
	`realm = "a\q"`, `realm = "\a"`, `realm = "\v"`, `realm = "\101"`, `realm = "\uD800"`, "realm = \"a\x00\"", "realm = \"a\nb\"", "realm = 'a' x", "realm = 1\nrealm = 2", "realm = 1\n\"realm\" = 2",
	"re alm = 1", "ré = 1", "\xff", "realm = \"\xff\"", "a.b = 1", "[realm]", "[[realm]]", "realm = []", "realm = {}", "realm = {a = 1}", "realm = [1,\n2]", "realm = \"\"\"a\nb\"\"\"", "realm = '''a'''", "[", "[]",
	"url = \"x\" y", "realm = 2024-01-01", "realm = [", "realm = {", "realm = \"\"\"", "\n\n\nrealm = [1,", "[a]\nrealm = ", "realm = inf",
}

// TestConfigurationIsTOML compares what is read with what the library's decoder reads.
func TestConfigurationIsTOML(t *testing.T) {
	for _, text := range documents {
		compareConfig(t, text)
	}
	for text, want := range map[string]int{"realm": 1, "\n\nurl = x": 3, "realm = 1\nurl = \"x": 2, "realm = 1\n\nrealm = 2": 3} {
		if _, line := parseConfig([]byte(text)); line != want {
			t.Errorf("%q: line %d, want %d", text, line, want)
		}
	}
}

// FuzzConfigurationIsTOML does so with any text.
func FuzzConfigurationIsTOML(f *testing.F) {
	for _, text := range documents {
		f.Add(text)
	}
	f.Fuzz(compareConfig)
}

// compareConfig wants the same texts and truths, no number where there is none, and all else refused. How a number is written is the flag's affair.
func compareConfig(t *testing.T, text string) {
	t.Helper()
	var want map[string]any
	wrong := toml.Unmarshal([]byte(text), &want)
	config, line := parseConfig([]byte(text))
	plain := true
	for key, got := range config {
		plain = plain && got.plain
		switch v := want[key].(type) {
		case string:
			if !got.plain || got.text != v {
				t.Errorf("%q: %s is %+v, want %q", text, key, got, v)
			}
		case bool:
			if !got.plain || got.text != map[bool]string{true: "true", false: "false"}[v] {
				t.Errorf("%q: %s is %+v, want %v", text, key, got, v)
			}
		case int64, float64:
			if !got.plain {
				t.Errorf("%q: %s is %+v, want %v", text, key, got, v)
			}
		default:
			if wrong == nil && got.plain {
				t.Errorf("%q: %s is %+v, want that it is refused: %v", text, key, got, v)
			}
		}
	}
	switch {
	case wrong == nil && line > 0:
		t.Errorf("%q: line %d is no TOML; the library reads %v", text, line, want)
	case wrong == nil && plain && len(config) != len(want):
		t.Errorf("%q: read as %v; the library reads %v", text, config, want)
	case wrong != nil && line == 0 && plain && !numeric(config):
		t.Errorf("%q: read as %v; the library says %v", text, config, wrong)
	}
}

// numeric reports whether a value looks like a number, which only the decoder looks at.
func numeric(config map[string]configured) bool {
	for _, v := range config {
		if v.text != "" && (v.text[0] == '+' || v.text[0] == '-' || v.text[0] >= '0' && v.text[0] <= '9') {
			return true
		}
	}
	return false
}
