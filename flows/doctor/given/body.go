package given

import (
	"encoding/json"
	"slices"
	"strings"

	"fix403/keycloak/wire"
)

// secretsIn returns the passwords and secrets in the body of a call: what stands in fields that have such names, and the value of credentials.
func secretsIn(body string) []wire.Secret {
	var value any
	if json.Unmarshal([]byte(body), &value) != nil {
		return nil
	}
	var found []wire.Secret
	var look func(value any)
	look = func(value any) {
		switch v := value.(type) {
		case []any:
			for _, e := range v {
				look(e)
			}
		case map[string]any:
			_, typed := v["type"]
			for name, e := range v {
				text, is := e.(string)
				if is && (secretField(name) || typed && name == "value") {
					found = append(found, wire.NewSecret(text))
				}
				look(e)
			}
		default:
		}
	}
	look(value)
	return found
}

func secretField(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"password", "secret", "token", "privatekey", "credentialdata"}, func(part string) bool { return strings.Contains(name, part) })
}
