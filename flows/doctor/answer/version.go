package answer

import (
	"net/http"
	"strings"

	"fix403/keycloak/version"
	"fix403/keycloak/wire"
)

// refusal is the form of Keycloak's 403. Other errors are described by the same versions.
type refusal struct {
	reason    string
	described bool // that the server's log says more
}

// refusals were measured (docs/FACTS.md, sections 0 and 14).
var refusals = version.Facts[refusal]{}.
	Measured(refusal{"unknown_error", false}, "22.0.5 23.0.7").
	Measured(refusal{"unknown_error", true}, "24.0.5").
	Measured(refusal{"HTTP 403 Forbidden", true}, "25.0.6").
	Measured(refusal{"HTTP 403 Forbidden", false}, "26.0.8 26.4.0 26.4.7 26.5.6 26.7.0 26.7.1 26.7.2 26.7.3 26.7.4")

// VersionBy takes the form of an error for a hint at the server's version: the oldest of those that were measured to answer so, which has
// no role that a later one lacks. It is "" where the newest measured version answers so, too.
func VersionBy(reply *wire.Reply) string {
	reason, description := reply.Words()
	oldest, newest := "", false
	for _, r := range refusals.Ranges(version.Equal) {
		newest = r.Value.described == strings.HasPrefix(description, "For more on this error") &&
			(reply.Exchange.Status != http.StatusForbidden || r.Value.reason == reason)
		if newest && oldest == "" {
			oldest = r.From.String()
		}
	}
	if newest || reply.Exchange.Status < http.StatusBadRequest {
		return ""
	}
	return oldest
}
