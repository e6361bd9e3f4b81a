package intake

import (
	"encoding/json"
	"net/url"
	"strings"

	"fix403/flows/problem"
	"fix403/flows/requests"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// tokenHeader returns the value of an Authorization header for what a person gives as a token: the token alone, with Bearer
// or the header's name before it, or the answer of a token endpoint with an access_token in it. Errors have the kind
// bad-input.
func tokenHeader(text string) (wire.Secret, error) {
	text = strings.TrimSpace(text)
	var answer map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &answer) == nil && answer != nil {
		var access string
		if json.Unmarshal(answer["access_token"], &access) != nil || access == "" {
			return wire.Secret{}, problem.BadInput("Give only the access token, or the whole response of the token endpoint.", "This JSON has no access_token.")
		}
		return wire.NewSecret("Bearer " + access), nil
	}
	if name, value, found := strings.Cut(text, ":"); found && strings.EqualFold(strings.TrimSpace(name), "authorization") {
		return wire.NewSecret(strings.TrimSpace(value)), nil
	}
	if scheme, _, found := strings.Cut(text, " "); found && (strings.EqualFold(scheme, "bearer") || strings.EqualFold(scheme, "dpop")) {
		return wire.NewSecret(text), nil
	}
	return wire.NewSecret("Bearer " + text), nil
}

// issuerBase returns the base URL of the server that issued the token in a header; "" if the token does not name it.
func issuerBase(header wire.Secret) string {
	t, err := token.Decode(requests.Bearer(header.Reveal()))
	if err != nil {
		return ""
	}
	base, _, found := strings.Cut(t.Issuer, "/realms/")
	if u, err := url.Parse(base); !found || err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return base
}
