package words

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"fix403/flows/gate"
	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/flows/problem"
	"fix403/flows/story"
	"fix403/flows/story/made"
	"fix403/flows/texts"
	"fix403/flows/versions"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
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
func (w Words) Failure(err error) (message, hint string) {
	m, h := messages(err)
	if w.For != OfCommand {
		return w.FailureInForm(err)
	}
	return Line(w.Say(m)), Line(w.Say(h))
}

func messages(err error) (message, hint msg.Message) {
	var check *problem.CheckError
	var kc *failure.Error
	switch {
	case err == nil:
		return message, hint
	case errors.As(err, &check):
		hint = check.Hint
	case errors.As(err, &kc):
		hint = kc.Hint
	}
	return msg.Of(err), hint
}

// Canceled reports whether an error only says that the user gave up.
func Canceled(err error) bool {
	return errors.Is(err, context.Canceled) || failure.KindOf(err) == failure.Canceled
}

// Passing reports whether an error may go away by itself: a server that did not answer, or not in time.
func Passing(err error) bool {
	switch failure.KindOf(err) {
	case failure.Unreachable, failure.Timeout, failure.ServerError:
		return true
	default:
		return false
	}
}

// Unfinished names a run that was left before its end, and what it may have left behind.
func (w Words) Unfinished(u journal.Unfinished) string {
	var names []string
	for _, e := range u.Outstanding {
		names = append(names, w.Say(e.Kind.Word())+" "+e.Name)
	}
	return Line(w.T("A run of %s on %s, in the realm %s, was not finished. It made: %s.",
		u.Since.Local().Format("2006-01-02 15:04"), u.Server, u.Params.Realm, strings.Join(names, ", ")))
}

// Roles are the roles of realm-management in a token, in words.
func (w Words) Roles(t *token.Token) string {
	roles := t.Roles(keycloak.RealmManagement)
	switch {
	case t != nil && !t.HasRoleClaims:
		return w.T("no role claims at all")
	case len(roles) == 0:
		return w.T("none of realm-management")
	}
	return w.RoleNames(roles)
}

// RoleNames are roles in a token on one line: a token may be full of them.
func (w Words) RoleNames(roles []string) string {
	return Line(w.Say(texts.Commas(roles)))
}

// IssuedRoles are the roles in a token that an exchange brought the story's client; "" for other exchanges. The admin's
// token is not told of: what lets the admin in stands elsewhere, or not in the token at all.
func (w Words) IssuedRoles(e wire.Exchange, s *story.State) string {
	if e.Issued == nil || !e.Issued.OfRealm(s.Params.Realm) {
		return ""
	}
	return w.Roles(e.Issued)
}

// Guess compares a guess (an index of the choices, -1 for none) with what came true; "" without a guess.
func (w Words) Guess(q story.Question, guess int, s *story.State) (text string, right bool) {
	if guess < 0 || guess >= len(q.Choices) {
		return "", false
	}
	truth := q.Answer(s)
	switch {
	case truth == guess:
		return w.T("You guessed right: %s.", q.Choices[guess]), true
	case truth < 0:
		return w.T("You guessed: %s. None of the choices came true.", q.Choices[guess]), false
	}
	text = w.T("You guessed: %s. It is: %s.", q.Choices[guess], q.Choices[truth])
	if reply := q.Reply(guess, truth); reply != "" {
		text += " " + w.T(reply)
	}
	return text, false
}

// Took is a duration to read.
func Took(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// Removal says what becomes of what was created.
func (w Words) Removal(s *story.State) string {
	kept := story.Leftovers(s)
	switch {
	case s.Practice && (!kept.Empty() || len(s.Created) > 0):
		return w.T("The practice server runs inside fix403: everything is discarded when you quit.")
	case !kept.Empty() && s.RealmCreatedByHand && !s.Stands():
		return w.T("Still on the server: %s.", Line(w.Say(kept)))
	case !kept.Empty() && !s.RealmStays.Empty():
		return Line(w.Say(s.RealmStays)) + " " + w.T("To remove it: %s", Line(story.DownCommand(s)))
	case !kept.Empty():
		return w.T("Still on the server: %s. To remove it: %s", Line(w.Say(kept)), Line(story.DownCommand(s)))
	case len(s.Created) > 0:
		return w.T("Everything has been removed.")
	}
	return w.T("Nothing was created.")
}

// Summary is what a run did, as text for the normal screen after the front end has gone.
func (w Words) Summary(s *story.State) string {
	var b strings.Builder
	server := w.T("Keycloak at %s", s.URL)
	if s.Practice {
		server = w.T("the practice server, responding like Keycloak %s", versions.Name(s.As))
	} else if s.Version != "" {
		server = w.T("Keycloak %s at %s", s.Version, s.URL)
	}
	b.WriteString(w.T("fix403 on %s", Line(server)) + "\n")
	for _, line := range w.Calls(s) {
		b.WriteString("  " + line + "\n")
	}
	if len(s.Created) > 0 {
		b.WriteString(w.T("Created:") + "\n")
		for _, c := range s.Created {
			b.WriteString("  " + w.CreatedLine(c) + "\n")
		}
	}
	b.WriteString(w.Removal(s) + "\n")
	return b.String()
}

// kindWidth holds the kinds of objects that a story creates.
func (w Words) kindWidth() int {
	width := 0
	for _, k := range []kind.Kind{kind.Realm, kind.Client, kind.User} {
		width = max(width, ansi.StringWidth(w.Say(k.Word())))
	}
	return width
}

// CreatedLine names a created object.
func (w Words) CreatedLine(c made.Object) string {
	line := Pad(w.Say(c.Kind.Word()), w.kindWidth()) + " " + Line(c.Name)
	if c.ID != "" && c.ID != c.Name {
		line += " (" + Line(c.ID) + ")"
	}
	switch {
	case c.Removed:
		line += w.T(", removed")
	case c.InDoubt:
		line += w.T(", perhaps removed: its removal was not confirmed")
	}
	return line
}

// CallLine is a call of the story: which one, how it was answered, and where it was stopped.
type CallLine struct {
	What, Answer, Stop string
	Status             int
}

// CallLines are the calls of the story as far as they were made.
func (w Words) CallLines(s *story.State) []CallLine {
	var out []CallLine
	for _, c := range []struct {
		call *story.Call
		what string
	}{
		{s.NoTokenCall, w.T("without a token")},
		{s.DamagedCall, w.T("with a damaged token")},
		{s.AudienceCall, w.T("before the client scope")},
		{s.FirstCall, w.T("before the grant")},
		{s.OldTokenCall, w.T("the old token, after")},
		{s.SecondCall, w.T("a new token, after")},
	} {
		if c.call == nil {
			continue
		}
		stop := w.T("passed every gate")
		if c.call.Refusal.Gate != gate.None {
			stop = w.T("stopped at the gate %s", c.call.Refusal.Gate)
		}
		status := c.call.Exchange.Status
		out = append(out, CallLine{c.what, w.Say(gate.StatusName(status)), stop, status})
	}
	return out
}

// Calls are the same, one line each.
func (w Words) Calls(s *story.State) []string {
	var out []string
	for _, c := range w.CallLines(s) {
		out = append(out, Pad(c.What+":", 26)+" "+c.Answer+", "+c.Stop)
	}
	return out
}
