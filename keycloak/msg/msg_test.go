package msg_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"fix403/keycloak/msg"
)

// german is a language of three sentences.
func german(f msg.Format) string {
	said, ok := map[msg.Format]string{
		"There is no %s %s.": "Es gibt %[2]s nicht (%[1]s).",
		"realm":              "Realm",
		"looking for it":     "bei der Suche",
		" and ":              " und ",
	}[f]
	if !ok {
		return string(f)
	}
	return said
}

type failure struct{ m msg.Message }

func (f failure) Error() string         { return f.m.String() }
func (f failure) Sentence() msg.Message { return f.m }

func TestMessage(t *testing.T) {
	missing := msg.New("There is no %s %s.", msg.Format("realm"), "shop")
	for _, tt := range []struct {
		name            string
		m               msg.Message
		english, german string
	}{
		{"nothing", msg.Message{}, "", ""},
		{"an empty text", msg.Verbatim(""), "", ""},
		{"values in another order, one of them a format", missing, "There is no realm shop.", "Es gibt shop nicht (Realm)."},
		{"a message as a value", msg.New("%s: %s", msg.New("looking for it"), missing), "looking for it: There is no realm shop.", "bei der Suche: Es gibt shop nicht (Realm)."},
		{"an error as a value", msg.New("(%s)", failure{missing}), "(There is no realm shop.)", "(Es gibt shop nicht (Realm).)"},
		{"a format without values keeps its percent sign", msg.New("100 % of it"), "100 % of it", "100 % of it"},
		{"a text that is not ours", msg.Verbatim("50 %s"), "50 %s", "50 %s"},
		{"items with a separator", msg.Join(" and ", "a", msg.New("looking for it")), "a and looking for it", "a und bei der Suche"},
		{"items without one", msg.Concat(missing, " ", "b"), "There is no realm shop. b", "Es gibt shop nicht (Realm). b"},
		{"no items", msg.Join(" and "), "", ""},
		{"a sentence that goes on", msg.New("(%s)", msg.Concat(msg.Verbatim("a."), missing).Clause()), "(a.There is no realm shop)", "(a.Es gibt shop nicht (Realm))"},
		{"a wrapped error", msg.Of(msg.Wrap(failure{missing}, "looking for it")), "looking for it: There is no realm shop.", "bei der Suche: Es gibt shop nicht (Realm)."},
		{"joined errors", msg.Of(errors.Join(failure{missing}, errors.New("EOF"))), "There is no realm shop.\nEOF", "Es gibt shop nicht (Realm).\nEOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.m.String(); got != tt.english {
				t.Errorf("English %q, want %q", got, tt.english)
			}
			if got := tt.m.In(german); got != tt.german {
				t.Errorf("German %q, want %q", got, tt.german)
			}
			if empty := tt.english == ""; tt.m.Empty() != empty {
				t.Errorf("Empty is %t", !empty)
			}
		})
	}
}

func TestWrap(t *testing.T) {
	if err := msg.Wrap(nil, "looking for it"); err != nil {
		t.Errorf("nil became %v", err)
	}
	cause := &failure{msg.Verbatim("gone")}
	if err := msg.Wrap(cause, "looking for it"); !errors.Is(err, cause) || err.Error() != "looking for it: gone" {
		t.Errorf("got %v", err)
	}
}

// TestMap masks the values and nothing of the sentence.
func TestMap(t *testing.T) {
	m := msg.New("secret %s, %d, %s, %s, %s", "a secret", 7, msg.Verbatim("secret.").Clause(), errors.New("secret"), failure{msg.New("the %s", "secret")})
	got := m.Map(func(s string) string { return strings.ReplaceAll(s, "secret", "***") })
	if want := "secret a ***, 7, ***, ***, the ***"; got.String() != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if m.String() != "secret a secret, 7, secret, secret, the secret" {
		t.Errorf("the message itself became %q", m)
	}
}

func TestJSONIsEnglish(t *testing.T) {
	got, err := json.Marshal(struct{ Hint msg.Message }{msg.New("There is no %s %s.", msg.Format("realm"), "x")})
	if err != nil || string(got) != `{"Hint":"There is no realm x."}` {
		t.Errorf("%s, %v", got, err)
	}
}

// TestReword exchanges sentences, and leaves the values.
func TestReword(t *testing.T) {
	name := msg.New("Name it with %s.", "--url")
	m := msg.New("%s, %s %s", msg.Join(" ", name, "Name it with %s."), name.Clause(), failure{name})
	got := m.Reword(map[msg.Format]msg.Format{"Name it with %s.": "Name it (%s)."})
	if !name.Is("Name it with %s.") || got.Is("Name it with %s.") {
		t.Errorf("%q is, or %q", name, got)
	}
	if want := "Name it (--url). Name it with %s., Name it (--url) Name it (--url)."; got.String() != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
