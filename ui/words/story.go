package words

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"fix403/flows"
	"fix403/keycloak"
)

// Path is the part of a URL after its host, or the URL itself.
func Path(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return Line(raw)
	}
	return Line(u.RequestURI())
}

// Failure is an error as a sentence and what to do about it.
func Failure(err error) (message, hint string) {
	var check *flows.CheckError
	var kc *keycloak.Error
	switch {
	case err == nil:
		return "", ""
	case errors.As(err, &check):
		hint = check.Hint
	case errors.As(err, &kc):
		hint = kc.Hint
	}
	return Line(err.Error()), Line(hint)
}

// Canceled tells whether an error only says that somebody gave up.
func Canceled(err error) bool {
	return errors.Is(err, context.Canceled) || keycloak.KindOf(err) == keycloak.KindCanceled
}

// Passing tells whether an error may go away by itself: a server that did not answer, or not in time.
func Passing(err error) bool {
	switch keycloak.KindOf(err) {
	case keycloak.KindUnreachable, keycloak.KindTimeout, keycloak.KindServerError:
		return true
	default:
		return false
	}
}

// Unfinished names a run that was left before its end, and what it may have left behind.
func Unfinished(u flows.Unfinished) string {
	var names []string
	for _, e := range u.Standing {
		names = append(names, e.Kind+" "+e.Name)
	}
	return Line(fmt.Sprintf("A run of %s on %s, in the realm %s, was not finished. It made: %s.",
		u.Since.Local().Format("2006-01-02 15:04"), u.Server, u.Params.Realm, strings.Join(names, ", ")))
}

// Roles are the roles of realm-management in a token, in words.
func Roles(t *keycloak.Token) string {
	roles := t.Roles(keycloak.RealmManagement)
	switch {
	case t != nil && !t.HasRoleClaims:
		return "no role claims at all"
	case len(roles) == 0:
		return "none of realm-management"
	}
	return Line(strings.Join(roles, ", "))
}

// IssuedRoles are the roles in a token that an exchange brought the story's client; "" for other exchanges. The admin's
// token is not told of: what lets the admin in stands elsewhere, or not in the token at all.
func IssuedRoles(e keycloak.Exchange, s flows.State) string {
	if e.Issued == nil || e.Issued.Realm() != s.Params.Realm {
		return ""
	}
	return Roles(e.Issued)
}

// Guess compares a guess (an index of the choices, -1 for none) with what came true; "" without a guess.
func Guess(q flows.Question, guess int, s flows.State) (text string, right bool) {
	if guess < 0 || guess >= len(q.Choices) {
		return "", false
	}
	truth := q.Answer(s)
	switch {
	case truth == guess:
		return "You guessed right: " + q.Choices[guess].String() + ".", true
	case truth < 0:
		return "You guessed: " + q.Choices[guess].String() + ". None of the choices came true.", false
	default:
		return "You guessed: " + q.Choices[guess].String() + ". It is: " + q.Choices[truth].String() + ".", false
	}
}

// Took is a duration to read.
func Took(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// Removal says what becomes of what was created.
func Removal(s flows.State) string {
	kept := flows.Kept(s)
	switch {
	case s.Practice && (kept != "" || len(s.Created) > 0):
		return "The practice server lives inside fix403: all of it vanishes with the program."
	case kept != "" && s.RealmByHand && !flows.Stands(s):
		return "Still on the server: " + Line(kept) + "."
	case kept != "":
		return "Still on the server: " + Line(kept) + ". To remove it: " + Line(flows.DownCommand(s))
	case len(s.Created) > 0:
		return "All of it has been removed."
	}
	return "Nothing was created."
}

// Summary is what a run did, as text for the normal screen after the front end has gone.
func Summary(s flows.State) string {
	var b strings.Builder
	server := "Keycloak at " + s.URL
	if s.Practice {
		server = "the practice server, answering as Keycloak " + s.As
	} else if s.Version != "" {
		server = "Keycloak " + s.Version + " at " + s.URL
	}
	fmt.Fprintf(&b, "fix403 on %s\n", Line(server))
	for _, line := range Calls(s) {
		b.WriteString("  " + line + "\n")
	}
	if len(s.Created) > 0 {
		b.WriteString("Created:\n")
		for _, c := range s.Created {
			b.WriteString("  " + CreatedLine(c) + "\n")
		}
	}
	b.WriteString(Removal(s) + "\n")
	return b.String()
}

// CreatedLine names a created object.
func CreatedLine(c flows.Created) string {
	line := fmt.Sprintf("%-6s %s", c.Kind, Line(c.Name))
	if c.ID != "" && c.ID != c.Name {
		line += " (" + Line(c.ID) + ")"
	}
	if c.Removed {
		line += ", removed"
	}
	return line
}

// Calls are the three calls of the story as far as they were made, one line each.
func Calls(s flows.State) []string {
	var out []string
	for _, c := range []struct {
		call *flows.Call
		what string
	}{
		{s.FirstCall, "before the role was given"},
		{s.OldTokenCall, "the old token, after"},
		{s.SecondCall, "a new token, after"},
	} {
		if c.call == nil {
			continue
		}
		stop := "passed every gate"
		if c.call.Stop.Gate != flows.GateNone {
			stop = "stopped at the gate " + string(c.call.Stop.Gate)
		}
		out = append(out, fmt.Sprintf("%-26s %s, %s", c.what+":", flows.StatusName(c.call.Exchange.Status), stop))
	}
	return out
}
