package wire

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// The fields are found without an expression for the whole text; it must mask what that would.
func TestFieldsAreMaskedAsByOneExpression(t *testing.T) {
	whole := regexp.MustCompile(strings.TrimPrefix(jsonSecret.String(), "^"))
	wholeIssued := regexp.MustCompile(strings.TrimPrefix(issuedNames.String(), "^"))
	var plain masks
	words := []string{`"`, `"`, `\`, `:`, ` `, "\n", `{`, `}`, `,`, `=`, `&`, `?`, `false`, `x`, `eyJhbGciOiJ`, `.`, `"a long word that is none of them"`, "ü"}
	for name := range secretName {
		words = append(words, name, `"`+name+`"`, `"`+name+`":"`+name+`"`, name+"=")
	}
	random := rand.New(rand.NewPCG(4, 3))
	masked := 0
	for range 50_000 {
		var b strings.Builder
		for range random.IntN(14) {
			b.WriteString(words[random.IntN(len(words))])
		}
		text := b.String()
		want := whole.ReplaceAllString(text, `$1"`+Masked+`"`)
		if got := maskFields(text); got != want {
			t.Fatalf("%q\nbecomes %q\nnot     %q", text, got, want)
		}
		if want != text {
			masked++
		}
		want = formSecret.ReplaceAllString(maskFields(jwtText.ReplaceAllString(text, Masked)), "${1}"+Masked)
		if got := plain.text(text); got != want {
			t.Fatalf("%q\nbecomes %q\nnot     %q", text, got, want)
		}
		var issued []string
		for _, m := range wholeIssued.FindAllStringSubmatch("{"+text, maxIssued) {
			issued = append(issued, m[1])
		}
		var got []string
		for _, s := range issuedSecrets("/", []byte("{"+text)) {
			got = append(got, s.Reveal())
		}
		if strings.Join(got, "|") != strings.Join(issued, "|") {
			t.Fatalf("%q\nissues %q\nnot    %q", text, got, issued)
		}
	}
	if masked < 1000 {
		t.Errorf("only %d texts held a secret", masked)
	}
}
