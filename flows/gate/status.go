package gate

import (
	"fmt"
	"net/http"
	"strings"

	"fix403/flows/texts"
)

// StatusName is a status code with its name, as "403 Forbidden"; "no answer" for 0.
func StatusName(code int) string {
	if code == 0 {
		return texts.T("no answer")
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", code, http.StatusText(code)))
}
