package paste

import "testing"

// The body of a pasted call is kept as it is sent, with its type; where the text does not show it, that is known.
func TestBody(t *testing.T) {
	const url, auth = " http://kc:1/admin/realms/r/users ", ` -H "Authorization: Bearer t" `
	for name, c := range map[string]struct {
		text, body, kind string
		known            bool
	}{
		"curl with its type":    {"curl -X POST" + url + auth + `-H 'Content-Type: application/json' -d '{"username":"x"}'`, `{"username":"x"}`, "application/json", true},
		"curl without one":      {"curl" + url + auth + `-d '{"username":"x"}'`, `{"username":"x"}`, "application/x-www-form-urlencoded", true},
		"curl --json":           {"curl" + url + auth + `--json '{"username":"x"}'`, `{"username":"x"}`, "application/json", true},
		"no body":               {"curl -X POST" + url + auth, "", "", true},
		"a file":                {"curl -X POST" + url + auth + "-d @user.json", "", "", false},
		"a variable":            {"curl -X POST" + url + auth + `-H 'Content-Type: application/json' -d "$BODY"`, "", "application/json", false},
		"an upload":             {"curl -T user.json" + url + auth, "", "", false},
		"a request on the wire": {"POST /admin/realms/r/users HTTP/1.1\nHost: kc:1\nAuthorization: Bearer t\nContent-Type: application/json\n\n{\"username\":\"x\"}\n", `{"username":"x"}`, "application/json", true},
		"wget":                  {"wget --method=POST --body-data='{}' --header='Authorization: Bearer t'" + url, "{}", "application/x-www-form-urlencoded", true},
		"HTTPie":                {"http POST" + url + "'Authorization:Bearer t' username=x", "", "", false},
		"kcadm":                 {"kcadm.sh config credentials --server http://kc:1 --realm r --client c --secret s\nkcadm.sh create users -r r -s username=x", "", "", false},
	} {
		got, err := Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.BodyKnown != c.known || got.Body.Reveal() != c.body || got.ContentType != c.kind {
			t.Errorf("%s: %q %q known %v; want %q %q %v", name, got.Body.Reveal(), got.ContentType, got.BodyKnown, c.body, c.kind, c.known)
		}
	}
}
