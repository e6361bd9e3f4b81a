// Package phrase has parts of the doctor's sentences: lists, and what a token is instead of a good one.
package phrase

import (
	"strings"

	"fix403/flows/texts"
	"fix403/keycloak/foreign"
	"fix403/keycloak/msg"
)

// Or returns a text, or words that say that there is none.
func Or(text string, none texts.Text) msg.Message {
	if text == "" {
		return msg.New(none)
	}
	return msg.Verbatim(text)
}

// Items returns texts as the items of a list in a sentence.
func Items(list []string) []any {
	var out []any
	for _, s := range list {
		out = append(out, s)
	}
	return out
}

// And returns several things that go together.
func And(list []string) msg.Message { return texts.List(list) }

// OneLine returns text of a server on one line, with single spaces.
func OneLine(s string) string { return strings.Join(strings.Fields(foreign.Line(s)), " ") }

// Listed returns the items of a list, or words that say that there are none.
func Listed(list []string, none texts.Text) msg.Message {
	if len(list) == 0 {
		return msg.New(none)
	}
	return texts.Commas(list)
}

// Direct returns how the account got roles that were not granted directly, behind the list of them; empty where all were.
func Direct(effective, direct []string) msg.Message {
	if len(effective) == 0 || len(effective) == len(direct) {
		return msg.Message{}
	}
	return msg.Concat(" ", msg.New("(directly %s, the others through composites or groups)", Listed(direct, "none")))
}

// Roles returns roles that are needed together.
func Roles(list []string) msg.Message {
	if len(list) == 0 {
		return msg.New("a role")
	}
	return And(list)
}

// Sets returns sets of roles of which one is needed.
func Sets(sets [][]string) msg.Message {
	all := make([]any, 0, len(sets))
	for _, set := range sets {
		all = append(all, Roles(set))
	}
	return msg.Join(" or ", all...)
}

// Scheme returns the scheme of an Authorization header that is not Bearer, if it is known.
func Scheme(scheme string) msg.Message {
	for _, known := range []string{"Basic", "Digest", "DPoP", "Token", "Negotiate"} {
		if strings.EqualFold(scheme, known) {
			return msg.Verbatim(known)
		}
	}
	return msg.New("of another type") // it may be a token without the word Bearer
}

// Type returns the type of a token that is not Bearer, and what such a token is for.
func Type(typ string) msg.Message {
	switch typ {
	case "Refresh", "Offline":
		return msg.New("%s (a refresh token, which only the token endpoint accepts)", typ)
	case "ID":
		return msg.New("ID (an ID token, which identifies the user to the client)")
	case "DPoP":
		return msg.New("DPoP (bound to a key: it requires the scheme DPoP and a proof)")
	}
	return msg.Verbatim(`"` + OneLine(typ) + `"`)
}

// Malformed returns how a text is not a token, behind the word for it.
func Malformed(token string) msg.Message {
	token = strings.TrimSpace(token)
	switch parts := strings.Count(token, ".") + 1; {
	case strings.HasPrefix(token, "$"), strings.HasPrefix(token, "{{"):
		return msg.New(": it is the name of a variable, not its value (a shell does not expand variables in single quotes)")
	case strings.ContainsAny(token, `"'`):
		return msg.New(": it is in quotes or contains them")
	case parts == 5:
		return msg.New(": it is an encrypted token (five parts)")
	case parts != 3:
		return msg.New(": a token has three parts with dots between them, and this has %d", parts)
	}
	return msg.New(": its parts are not base64url-encoded JSON, as if it was cut or changed")
}
