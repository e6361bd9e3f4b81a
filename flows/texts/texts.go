// Package texts holds the languages of the lesson. English is written where it is said, as constants of the type [Text];
// it is the key under which a catalogue, such as de/lesson.json, holds the same in another language. A test finds what a
// catalogue lacks and what nobody says any more.
//
// What a program reads stays English: encoding/json writes a Text as it stands in the source.
package texts

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"fix403/keycloak/msg"
)

// Text is something that the program says, in English; a format of package fmt where it is given to [T] with values.
type Text = msg.Format

// T returns a text in the language in use, with values put in as by fmt.Sprintf; in English where the catalogue lacks it. A
// catalogue may put the values into another order: %[2]s. Without values a % stays as it is.
func T(t Text, values ...any) string { return Say(msg.New(t, values...)) }

// Say returns a message in the language in use.
func Say(m msg.Message) string { return m.In(translated) }

// Error returns what an error says in the language in use.
func Error(err error) string { return Say(msg.Of(err)) }

func translated(t Text) string {
	u := inUse.Load()
	if u == nil || t == "" {
		return string(t)
	}
	said, ok := u.said[t]
	if !ok {
		u.missed.Store(t, true)
		return string(t)
	}
	return said
}

// All returns texts in the language in use.
func All(all []Text) []string {
	out := make([]string, len(all))
	for i, t := range all {
		out[i] = T(t)
	}
	return out
}

// Each language is a folder of JSON files.
//
//go:embed de/*.json
var languages embed.FS

type used struct {
	language string
	said     map[Text]string
	missed   sync.Map // of Text
}

var inUse atomic.Pointer[used] // nil is English

// Language is the language in use.
func Language() string {
	if u := inUse.Load(); u != nil {
		return u.language
	}
	return Languages()[0]
}

// Missed are the texts that were said since [Use] and that the language in use lacks. Tests ask for it.
func Missed() []Text {
	var out []Text
	if u := inUse.Load(); u != nil {
		u.missed.Range(func(t, _ any) bool {
			out = append(out, t.(Text))
			return true
		})
	}
	return out
}

// Languages are the languages that can be used; the first is the default.
func Languages() []string { return []string{"en", "de"} }

// Use chooses the language for the whole program, before anything is said. A language that is not one of [Languages] is
// an error.
func Use(language string) error {
	if language == "en" {
		inUse.Store(nil)
		return nil
	}
	if !slices.Contains(Languages(), language) {
		return fmt.Errorf("there is no language %q", language)
	}
	files, err := fs.Sub(languages, language)
	if err != nil {
		return err
	}
	c, err := catalogue(files)
	if err == nil {
		inUse.Store(&used{language: language, said: c})
	}
	return err
}

// Of is the first language of a list of locales (such as LC_ALL, LC_MESSAGES and LANG, in POSIX's order, the first one
// that is set wins) if it is known, else the default.
func Of(locales ...string) string {
	for _, l := range locales {
		if l == "" {
			continue
		}
		for _, known := range Languages() {
			if l == known || strings.HasPrefix(l, known+"_") || strings.HasPrefix(l, known+".") {
				return known
			}
		}
		break
	}
	return Languages()[0]
}

// catalogue reads the files of a language. No text stands in two of them.
func catalogue(language fs.FS) (map[Text]string, error) {
	files, err := fs.Glob(language, "*.json")
	if err != nil {
		return nil, err
	}
	all := map[Text]string{}
	for _, name := range files {
		data, err := fs.ReadFile(language, name)
		if err != nil {
			return nil, err
		}
		var part map[Text]string
		if err := json.Unmarshal(data, &part); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for t, said := range part {
			if _, twice := all[t]; twice {
				return nil, fmt.Errorf("%s: %q stands in another file, too", name, t)
			}
			all[t] = said
		}
	}
	return all, nil
}
