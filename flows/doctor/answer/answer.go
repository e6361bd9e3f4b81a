// Package answer looks at one answer of a server: whether it is Keycloak's own, how it is called in a sentence, and what it
// lacks beside another one.
package answer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"fix403/flows/doctor/phrase"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// HTML reports whether the answer is a page.
func HTML(reply *wire.Reply) bool {
	start := strings.ToLower(strings.TrimSpace(string(reply.Body[:min(len(reply.Body), 200)])))
	return strings.HasPrefix(reply.Header.Get("Content-Type"), "text/html") || strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html")
}

// IsObject reports whether a body is a JSON object.
func IsObject(body []byte) bool {
	var o map[string]json.RawMessage
	return json.Unmarshal(body, &o) == nil && o != nil
}

// IsRefusal reports whether a 401, 403 or 429 has the form of Keycloak's own (FACTS, sections 0 and 6).
func IsRefusal(reply *wire.Reply, onAdmin bool) bool {
	if !IsObject(reply.Body) {
		return len(reply.Body) == 0 && reply.Exchange.Method == http.MethodHead
	}
	var b struct {
		Error       *string `json:"error"`
		Description *string `json:"error_description"`
		Message     *string `json:"errorMessage"`
		OtherPart   *string `json:"message"`
	}
	if json.Unmarshal(reply.Body, &b) != nil || b.OtherPart != nil {
		return false
	}
	if !onAdmin { // the token endpoint: RFC 6749, section 5.2
		return b.Error != nil && b.Description != nil
	}
	return b.Message != nil || b.Error != nil && (strings.HasPrefix(*b.Error, "HTTP 40") || *b.Error == "unknown_error" || b.Description != nil || strings.Contains(*b.Error, " "))
}

// Words returns an answer in a few words: "403 Forbidden with {"error":"HTTP 403 Forbidden"}".
func Words(reply *wire.Reply) msg.Message {
	status := strings.TrimSpace(fmt.Sprintf("%d %s", reply.Exchange.Status, http.StatusText(reply.Exchange.Status)))
	if reply.Exchange.Status >= 200 && reply.Exchange.Status < 300 {
		return msg.Verbatim(status)
	}
	return msg.New("%s with %s", status, Body(reply))
}

// Body returns what the body is, and quotes it where it is short.
func Body(reply *wire.Reply) msg.Message {
	body := strings.TrimSpace(reply.Exchange.ResponseBody) // masked
	const most = 200
	switch {
	case body == "":
		return msg.New("an empty body")
	case strings.HasPrefix(body, "<"):
		return msg.New("an HTML page")
	case IsObject(reply.Body) && len(body) <= most:
		return msg.Verbatim(phrase.OneLine(body))
	case IsObject(reply.Body):
		return msg.New("other JSON")
	case len(body) <= most:
		return msg.New("the text \"%s\"", phrase.OneLine(body))
	default:
		return msg.New("text that is not JSON")
	}
}

// AccessToken returns the access token in a token endpoint's answer; "" if there is none.
func AccessToken(body []byte) string {
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	_ = json.Unmarshal(body, &answer)
	return answer.AccessToken
}

// Tokens returns the access token and the refresh token in a token endpoint's answer; "" where there is none.
func Tokens(body []byte) (access, refresh string) {
	var answer struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
	}
	_ = json.Unmarshal(body, &answer)
	return answer.AccessToken, answer.RefreshToken
}

// IsEmpty reports whether an answer is an empty list, or the number 0.
func IsEmpty(body []byte) bool {
	text := strings.Join(strings.Fields(string(body)), "")
	return text == "[]" || text == "0" || text == "{}" || text == `{"count":0}`
}

// Missing returns what the second body has and the first lacks: entries of a list, fields of an object, or a count. It is
// empty for nothing.
func Missing(shown, all []byte) msg.Message {
	var a, b any
	if json.Unmarshal(shown, &a) != nil || json.Unmarshal(all, &b) != nil {
		return msg.Message{}
	}
	switch all := b.(type) {
	case []any:
		shown, ok := a.([]any)
		if ok && len(shown) < len(all) {
			return msg.New("%d instead of %d", len(all), len(shown))
		}
		if ok && len(shown) == len(all) && len(all) > 0 {
			return lostFields(shown[0], all[0])
		}
	case map[string]any:
		return lostFields(a, all)
	case float64:
		if shown, ok := a.(float64); ok && shown < all {
			return msg.New("a larger number")
		}
	}
	return msg.Message{}
}

func lostFields(shown, all any) msg.Message {
	a, ok := shown.(map[string]any)
	b, isObject := all.(map[string]any)
	if !ok || !isObject {
		return msg.Message{}
	}
	var lost []string
	for name := range b {
		if _, there := a[name]; !there {
			lost = append(lost, name)
		}
	}
	if len(lost) == 0 {
		return msg.Message{}
	}
	slices.Sort(lost)
	if len(lost) > 4 {
		return msg.New("%d more fields, such as %s", len(lost), strings.Join(lost[:3], ", "))
	}
	return msg.New("also %s", strings.Join(lost, ", "))
}

// NoResource reports whether the reason of a 404 is that there is nothing at a path: RESTEasy's words up to 22, and those of later versions.
func NoResource(reason string) bool {
	return strings.HasPrefix(reason, "RESTEASY003210") || strings.HasPrefix(reason, "Unable to find matching")
}
