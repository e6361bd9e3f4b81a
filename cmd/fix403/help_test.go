package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"fix403/cmd/fix403/flags"
	"fix403/cmd/fix403/help"
)

// helpOf is what a command's help says in a language, on a terminal with so many columns, or elsewhere (0).
func helpOf(t *testing.T, language string, columns int, args ...string) string {
	t.Helper()
	var out, errs strings.Builder
	a := &app{streams: streams{in: strings.NewReader(""), out: &out, err: &errs, columns: columns}, getenv: func(name string) string { return map[string]string{"LANG": language, "XDG_CONFIG_HOME": "none"}[name] }}
	if code := a.execute(t.Context(), args); code != exitOK || errs.Len() > 0 {
		t.Fatalf("%q: exit code %d\n%s", args, code, &errs)
	}
	return out.String()
}

// TestHelpInGerman holds each sentence of each help to its German, and the German to the English that it was made of.
func TestHelpInGerman(t *testing.T) {
	english, german, used := map[string]string{}, help.German(), map[string]bool{}
	for _, c := range commandTree() {
		c.InitDefaultHelpFlag()
		help.Each(c, func(key, text string) string {
			if _, own := german[key]; !own && strings.Contains(key, " --") {
				key = key[strings.Index(key, " --")+1:]
			}
			if key == "--help" {
				text = "help"
			}
			text = strings.ReplaceAll(text, flags.Versions(nil), "%VERSIONS%")
			if before, twice := english[key]; twice && before != text {
				t.Errorf("%s means two things, %q and %q: name the command, too", key, before, text)
			}
			if english[key] = text; text != "" {
				used[key] = true
			}
			if strings.TrimSpace(text) != "" && german[key] == "" {
				t.Errorf("there is no German for %s: %s", key, text)
			}
			return text
		})
	}
	maps.DeleteFunc(english, func(_, text string) bool { return text == "" })
	for key := range german {
		if !used[key] {
			t.Errorf("nothing says %s", key)
		}
	}
	const file = "help/testdata/en.json"
	if *update {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		if err := e.Encode(english); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var made map[string]string
	if text, err := os.ReadFile(file); err != nil || json.Unmarshal(text, &made) != nil {
		t.Fatal(err)
	}
	for key := range english {
		if made[key] != english[key] {
			t.Errorf("%s has other English than when its German was made (look at help/de.json, then go test ./cmd/fix403 -run HelpInGerman -update):\n%s", key, english[key])
		}
	}
}

// TestHelpRedirected is in English what cobra itself would write.
func TestHelpRedirected(t *testing.T) {
	for _, c := range commandTree() {
		args := strings.Fields(c.CommandPath())[1:]
		got := helpOf(t, "", 0, append(args, "--help")...)
		c.Root().SetHelpFunc(nil)
		c.InitDefaultHelpFlag()
		var want strings.Builder
		c.SetOut(&want)
		if err := c.Help(); err != nil || got != want.String() {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.CommandPath(), err, got, &want)
		}
	}
}

// TestHelpOnTerminal: no line is longer than the terminal, but for code that has no place to break it; and no word is broken.
func TestHelpOnTerminal(t *testing.T) {
	for _, language := range []string{"en_US", "de_DE"} {
		for _, columns := range []int{60, 80, 120} {
			for _, c := range commandTree() {
				args := append(strings.Fields(c.CommandPath())[1:], "--help")
				got := helpOf(t, language, columns, args...)
				for line := range strings.SplitSeq(got, "\n") {
					if n := utf8.RuneCountInString(line); n > columns && strings.Contains(strings.TrimSpace(line), " ") && !strings.Contains(line, " | ") {
						t.Errorf("%s, %s: %d columns of %d: %s", c.CommandPath(), language, n, columns, line)
					}
				}
				if want, got := parts(helpOf(t, language, 0, args...)), parts(got); !slices.Equal(want, got) {
					t.Errorf("%s, %s, %d: other words\n%q\nwant\n%q", c.CommandPath(), language, columns, got, want)
				}
			}
		}
	}
}

// parts are the words of a text, without what breaks a command.
func parts(text string) []string {
	all := strings.Fields(text)
	return slices.DeleteFunc(all, func(word string) bool { return word == `\` })
}

// TestHelpLanguage: the flag, the locale and the configuration decide, with help COMMAND too.
func TestHelpLanguage(t *testing.T) {
	for _, args := range [][]string{{"run", "--help", "--lang", "de"}, {"--lang", "de", "run", "--help"}, {"help", "run", "--lang", "de"}, {"help", "--lang=de", "run"}} {
		if got := helpOf(t, "", 0, args...); !strings.Contains(got, "Aufruf:") || strings.Contains(got, " the ") {
			t.Errorf("%q\n%s", args, got)
		}
	}
	if got := helpOf(t, "de_DE", 0, "run", "--help", "--lang", "en"); !strings.Contains(got, "Usage:") {
		t.Error(got)
	}
	if got := helpOf(t, "", 0, "run", "--help", "--lang", "xx"); !strings.Contains(got, "Usage:") {
		t.Error(got)
	}
}
