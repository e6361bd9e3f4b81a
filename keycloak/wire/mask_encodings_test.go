package wire_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"fix403/keycloak/wire"
	"fix403/keycloak/wire/wiretest"
)

// secretsOfAllKinds are secrets with characters that some encoding changes, or that look like an encoding themselves.
var secretsOfAllKinds = []string{
	`pl4nted p&ss+w/rd="ü%`, `cl13nt-s3cret/+=&"\ä`, "Adm1n-Pässw0rd%+&\"x\\y-Zq", "simple-secret-1", "100%25 sure", `back\nslash\u0041`, "&amp;&#38;x&lt;", "aGVsbG8gd29ybGQ=", "0123456789abcdef",
	"q7!x", "hunt3r", `a"b\c`, strings.Repeat("long-and-longer ", 20),
}

func TestSecretsAreMaskedInEachEncoding(t *testing.T) {
	for _, secret := range secretsOfAllKinds {
		var r wire.Recorder
		r.Hide(wire.NewSecret(secret))
		for name, encode := range wiretest.Encodings {
			if name == "latin1" && strings.ContainsFunc(secret, func(r rune) bool { return r > 0xff }) {
				continue
			}
			encoded := encode(secret)
			for _, around := range [][2]string{{"seen: ", " here"}, {`{"error":"`, `"}`}, {"<b>", "</b>"}, {"x=", "&y=1"}, {"/path/", "?q"}, {"", ""}} {
				got := r.Mask(around[0] + encoded + around[1])
				if strings.Contains(got, encoded) || wiretest.Reveals(got, secret, 3) {
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
	for outer, encodeOuter := range wiretest.Encodings {
		for inner, encodeInner := range wiretest.Encodings {
			if inner == "latin1" || outer == "latin1" {
				continue
			}
			text := "seen " + encodeOuter("body "+encodeInner(secret)+" end")
			if got := r.Mask(text); wiretest.Reveals(got, secret, 3) {
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

// FuzzMasking hides secrets in random texts in random wiretest.Encodings, and looks whether they can be read.
func FuzzMasking(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed, "")
	}
	f.Add(uint64(1), `%4%41\u00&#x41;&am`)
	names := make([]string, 0, len(wiretest.Encodings))
	for name := range wiretest.Encodings {
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
			piece := wiretest.Encodings[name](secret)
			if random.IntN(2) == 0 {
				outer := names[random.IntN(len(names))]
				piece, name = wiretest.Encodings[outer]("<"+piece+">"), name+" in "+outer
			}
			used = append(used, name)
			text += []string{" ", `"`, "=", "(", "\n"}[random.IntN(5)] + piece + []string{" ", `"`, "&", ")", "\n"}[random.IntN(5)]
		}
		text += " " + noise[:min(len(noise), 200)]
		if got := r.Mask(text); wiretest.Reveals(got, secret, 3) && !wiretest.Reveals(noise, secret, 3) {
			t.Errorf("%q as %q can be read in %q, which was %q", secret, used, got, text)
		}
	})
}
