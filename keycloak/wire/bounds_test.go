package wire

import (
	"net/http"
	"strings"
	"testing"

	"fix403/keycloak/token"
)

func TestTooComplex(t *testing.T) {
	list := func(element string, n int) string {
		return "[" + strings.Repeat(element+",", n-1) + element + "]"
	}
	user := `{"id":"0123456789abcdef-0123456789abcdef","username":"john-doe","emailVerified":false,"enabled":true,"createdTimestamp":1,"totp":false,"disableableCredentialTypes":[],"requiredActions":[],"notBefore":0,"access":{"manage":true}}`
	for _, tt := range []struct {
		name, text string
		want       bool
	}{
		{"nothing", "", false},
		{"4 MB of users", list(user, maxBody/len(user)), false},
		{"as many values as may be", list("0", maxValues-1), false},
		{"one value more", list("0", maxValues+1), true},
		{"as many lists as may be", list("[]", maxContainers-1), false},
		{"one list more", " \r\n\t" + list("{}", maxContainers), true},
		{"as deep as may be", strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), false},
		{"one level more", strings.Repeat(`{"a":[`, maxDepth/2) + "{" + strings.Repeat("]}", maxDepth/2), true},
		{"a text", `["` + strings.Repeat(`[\"\\`, maxContainers) + `"]`, false},
		{"a text that does not end", `["` + strings.Repeat(`[\"`, maxContainers) + `\`, false},
		{"no JSON", "<" + strings.Repeat("[", maxContainers), false},
	} {
		if got := TooComplex([]byte(tt.text)); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// A recorder keeps the last exchanges, and no more of them than it may.
func TestRecorderIsBounded(t *testing.T) {
	for name, make := range map[string]func() Exchange{
		"bodies":  func() Exchange { return Exchange{ResponseBody: strings.Repeat("x", maxRecordedBody)} },
		"headers": func() Exchange { return Exchange{ResponseHeader: http.Header{"X": {strings.Repeat("x", maxHeader)}}} },
		"tokens": func() Exchange {
			return Exchange{Issued: &token.Token{Claims: map[string]any{"roles": []any{strings.Repeat("x", token.MaxLen), strings.Repeat("y", token.MaxLen)}}}}
		},
		"nothing": func() Exchange { return Exchange{} },
	} {
		r := &Recorder{}
		for range maxExchanges + 10 {
			e := make()
			r.record(e)
		}
		all, sum := r.Exchanges(), 0
		for _, e := range all {
			sum += e.weight()
		}
		one := make()
		if sum > maxRecorded || sum != r.weight || len(all) > maxExchanges || all[len(all)-1].ID != maxExchanges+10 || len(all) < min(maxExchanges, maxRecorded/max(1, one.weight())-1) {
			t.Errorf("%s: %d exchanges of %d bytes (%d), the last with the number %d", name, len(all), sum, r.weight, all[len(all)-1].ID)
		}
	}
	r := &Recorder{}
	r.record(Exchange{URL: strings.Repeat("x", maxRecorded+1)})
	if len(r.Exchanges()) != 1 {
		t.Error("the only exchange is gone")
	}
}
