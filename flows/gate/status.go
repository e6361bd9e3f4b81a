package gate

import (
	"fmt"
	"net/http"
	"strings"

	"fix403/keycloak/msg"
)

// StatusName is a status code with its name, as "403 Forbidden"; "no response" for 0.
func StatusName(code int) msg.Message {
	if code == 0 {
		return msg.New("no response")
	}
	return msg.Verbatim(strings.TrimSpace(fmt.Sprintf("%d %s", code, http.StatusText(code))))
}
