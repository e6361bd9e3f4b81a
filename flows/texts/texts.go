// Package texts holds the languages of the lesson. English is written where it is said, as constants of the type [Text];
// it is the key under which a catalogue, such as package german, holds the same in another language. A test finds what a
// catalogue lacks and what nobody says any more.
//
// What a program reads stays English: encoding/json writes a Text as it stands in the source.
package texts

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"fix403/flows/texts/german"
	"fix403/keycloak/msg"
)

// Text is something that the program says, in English; a format of package fmt where it is given to [Printer.T] with values.
type Text = msg.Format

// Printer says texts in one language. A nil Printer says them in English.
type Printer struct {
	language string
	said     map[Text]string
	missed   sync.Map // of Text
}

// Languages are the languages that can be used; the first is the default.
func Languages() []string { return []string{"en", "de"} }

// In returns the Printer of a language. One that is not among [Languages] is an error.
func In(language string) (*Printer, error) {
	if language == Languages()[0] {
		return nil, nil //nolint:nilnil // which is English
	}
	if !slices.Contains(Languages(), language) {
		return nil, fmt.Errorf("there is no language %q", language)
	}
	said, err := catalogue(german.All())
	if err != nil {
		return nil, err
	}
	return &Printer{language: language, said: said}, nil
}

// Language returns the name of the printer's language, such as "de".
func (p *Printer) Language() string {
	if p == nil {
		return Languages()[0]
	}
	return p.language
}

// T returns a text in the printer's language, with values put in as by fmt.Sprintf; in English where the catalogue lacks
// it. A catalogue may put the values into another order: %[2]s. Without values a % stays as it is.
func (p *Printer) T(t Text, values ...any) string { return p.Say(msg.New(t, values...)) }

// Say returns a message in the printer's language.
//
//go:noinline // it would be 12 kB of the program
func (p *Printer) Say(m msg.Message) string { return m.In(p.translated) }

// Error returns what an error says in the printer's language.
func (p *Printer) Error(err error) string { return p.Say(msg.Of(err)) }

// All returns texts in the printer's language.
func (p *Printer) All(all []Text) []string {
	out := make([]string, len(all))
	for i, t := range all {
		out[i] = p.T(t)
	}
	return out
}

// Missed returns the texts that were said and that the printer's language lacks, for tests.
func (p *Printer) Missed() []Text {
	var out []Text
	if p != nil {
		p.missed.Range(func(t, _ any) bool {
			out = append(out, t.(Text))
			return true
		})
	}
	return out
}

func (p *Printer) translated(t Text) string {
	if p == nil || t == "" {
		return string(t)
	}
	said, ok := p.said[t]
	if !ok {
		p.missed.Store(t, true)
		return string(t)
	}
	return said
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

// catalogue joins the topics of a language. No text stands in two of them.
func catalogue(topics [][]german.Pair) (map[Text]string, error) {
	all := map[Text]string{}
	for _, topic := range topics {
		for _, p := range topic {
			if _, twice := all[Text(p.English)]; twice {
				return nil, fmt.Errorf("%q stands in the catalogue twice", p.English)
			}
			all[Text(p.English)] = p.German
		}
	}
	return all, nil
}
