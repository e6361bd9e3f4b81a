// Package audience looks whether a server accepts only tokens that are meant for its admin API. That it does is observed, and concluded from
// no version.
package audience

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/phrase"
	"fix403/flows/requests"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// Assignment is how the client of a token has the client scope of the admin API.
type Assignment int

// The assignments.
const (
	AssignmentUnseen Assignment = iota
	Unassigned
	AssignedOptional
	AssignedDefault
)

// Seen is what was seen of a server that accepts only tokens meant for its admin API.
type Seen struct {
	Signs    bool // something shows that the server asks for it
	Admins   bool // the admin's token was accepted, and is meant for the admin API
	None     bool // the admin's token was accepted, and is not: this server asks for nothing of the kind
	NoScope  bool // the realm has no client scope of the name
	Assigned Assignment
	Control  Control
	Alive    Liveness // the token, at another endpoint
}

// Control is what other tokens of the same client show, with the admin API in their audience and without.
type Control int

// The controls.
const (
	NoControl   Control = iota
	Decides             // without it a token is refused, and with it accepted
	NewPasses           // a new token, which has it, is accepted
	NotAudience         // a token with it is refused as well, or one without it accepted
)

// Liveness is whether Keycloak accepts a token beside its admin API.
type Liveness int

// What was seen of it.
const (
	LivenessUnseen Liveness = iota
	Alive
	Dead
)

// Notes takes what is seen.
type Notes interface {
	Observed(format texts.Text, values ...any) // of the server's configuration
	Answered(format texts.Text, values ...any) // by the server, to a request
	Unseen(format texts.Text, values ...any)
	// Forbidden notes what the admin may not see, and returns nil. An error that is not the server's is returned as it is.
	Forbidden(err error, what texts.Text, values ...any) error
}

// Look is a look at a token that is genuine and current, and was refused.
type Look struct {
	Server *keycloak.Server
	Hide   func(wire.Secret) // masks a new token
	Admin  *keycloak.Admin   // nil: without an admin's eyes
	Client *keycloak.Client  // as the admin saw it; nil if not
	// AdminSeen reports that the server accepted the admin's token, and RealmSeen that it did in this realm.
	AdminSeen, RealmSeen bool

	Realm          string // of the token
	Token          *token.Token
	Header         wire.Secret // that carries it
	Given          bool        // the token was given, and not taken just now
	Owned          bool        // another token of the same client can be got
	SecretlySigned bool        // nothing shows whether the token is genuine
	// Call is the call, or what is sent in the place of one that could change something: a GET of the realm.
	Call    keycloak.Request
	Scope   string // that tokens of the client are asked for with
	Request func(ctx context.Context, purpose msg.Format, scope string) (*wire.Reply, error)
	Notes   Notes

	Seen Seen
}

// Missing reports whether the token was refused since it is not meant for the admin API, as far as that can be seen.
func (l *Look) Missing(ctx context.Context) (bool, error) {
	if Names(l.Token) {
		return false, nil
	}
	a := &l.Seen
	if err := l.lookForAudience(ctx); err != nil || a.None || l.Admin != nil && !a.Signs {
		return false, err
	}
	if err := l.compareAudiences(ctx); err != nil {
		return false, err
	}
	if a.Control == NotAudience || !a.Signs && a.Control == NoControl {
		return false, nil
	}
	if a.Control != Decides {
		var err error
		if a.Alive, err = l.AcceptedElsewhere(ctx); err != nil {
			return false, err
		}
		if a.Alive == Dead && l.Given || a.Alive != Alive && l.SecretlySigned {
			return false, nil
		}
	}
	l.seeAssignment()
	return true, nil
}

// Names reports whether a token's audience names the admin API of its own realm.
func Names(t *token.Token) bool {
	return slices.ContainsFunc(t.AdminAudience(), func(a string) bool {
		_, realm, _ := strings.Cut(a, "/admin/realms/")
		return requests.Unescape(strings.Trim(realm, "/")) == requests.Unescape(t.Realm())
	})
}

// Scope returns what the token endpoint is asked for by a client that has the client scope as an optional one, beside what it asks for anyway.
func Scope(scope string) string { return strings.TrimSpace(scope + " " + keycloak.AdminAPIScope) }

// lookForAudience looks for signs of the check: with an admin at the admin's own token and at the realm's client scopes, without one
// at the realm's discovery document.
func (l *Look) lookForAudience(ctx context.Context) error {
	a, realm := &l.Seen, l.Realm
	if l.Admin == nil {
		listed, err := l.Server.ListsAdminAPIScope(ctx, realm)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && listed {
			a.Signs = true
			l.Notes.Answered("The realm's discovery document lists the client scope %s.", keycloak.AdminAPIScope)
		}
		return nil
	}
	signs, err := l.Admin.AudienceSigns(ctx, realm)
	if err != nil {
		return l.Notes.Forbidden(err, "The client scopes of the realm %s", realm)
	}
	accepted := signs.RealmSeen || l.AdminSeen || l.RealmSeen
	meant := len(signs.AdminAudience) > 0 || signs.AdminScope
	a.Admins = meant && (signs.RealmSeen || l.RealmSeen) // in this realm
	a.None = accepted && !meant
	a.NoScope = signs.RealmSeen && !signs.RealmScope
	a.Signs = signs.Any()
	if a.None {
		if signs.RealmScope {
			l.Notes.Observed("The server accepted the admin's token, whose audience does not name the admin API either.")
		}
		return nil
	}
	if len(signs.AdminAudience) > 0 {
		l.Notes.Observed("The server accepted the admin's token, whose audience names the admin API: %s.", phrase.Listed(signs.AdminAudience, ""))
	}
	if signs.RealmScope {
		l.Notes.Observed("The realm %s has the client scope %s.", realm, keycloak.AdminAPIScope)
	} else if a.NoScope {
		l.Notes.Observed("The realm %s has no client scope %s.", realm, keycloak.AdminAPIScope)
	}
	return nil
}

// compareAudiences makes the call with new tokens of the same client, with the admin API in their audience and without. It takes the
// client's secret.
func (l *Look) compareAudiences(ctx context.Context) error {
	if !l.Owned {
		return nil
	}
	a := &l.Seen
	if l.Given {
		header, t, _, err := l.tokenWith(ctx, "is a new token of the client meant for the admin API?", l.Scope)
		if err != nil || t == nil {
			return err
		}
		status, err := l.callWith(ctx, "the same call with a new token", header)
		if err != nil || status == 0 {
			return err
		}
		switch meant := Names(t); {
		case meant != (status != http.StatusUnauthorized):
			l.Notes.Answered("A new token of the client, whose audience is %s, got %d for the same call.", phrase.Listed(t.Audience, "empty"), status)
			a.Control = NotAudience
			return nil
		case meant:
			l.Notes.Answered("A new token of the client, whose audience names the admin API, got %d for the same call.", status)
			a.Control, a.Assigned = NewPasses, AssignedDefault
			return nil
		}
		l.Notes.Answered("A new token of the client, whose audience is %s, got %d for the same call.", phrase.Listed(t.Audience, "empty"), status)
	}
	header, t, reply, err := l.tokenWith(ctx, "may the client request the admin API explicitly?", Scope(l.Scope))
	if err != nil || reply == nil {
		return err
	}
	if t == nil {
		if reason, _ := reply.Words(); reason == "invalid_scope" {
			l.Notes.Answered("Asked for the scope %s, the token endpoint answered %s.", keycloak.AdminAPIScope, answer.Words(reply))
			a.Assigned = Unassigned
		}
		return nil
	}
	if !Names(t) {
		return nil
	}
	status, err := l.callWith(ctx, "the same call with a token for the admin API", header)
	if err != nil || status == 0 {
		return err
	}
	l.Notes.Answered("A new token, asked for with scope=%s, names the admin API in its audience and got %d for the same call.", keycloak.AdminAPIScope, status)
	a.Control, a.Assigned = Decides, AssignedOptional
	if status == http.StatusUnauthorized {
		a.Control = NotAudience
	}
	return nil
}

// tokenWith asks for a new token of the client; the token is nil where none comes.
func (l *Look) tokenWith(ctx context.Context, purpose msg.Format, scope string) (header wire.Secret, t *token.Token, reply *wire.Reply, _ error) {
	reply, err := l.Request(ctx, purpose, scope)
	if ctx.Err() != nil {
		return header, nil, nil, ctx.Err()
	}
	if err != nil {
		return header, nil, nil, nil //nolint:nilerr // the call was answered; this one is only to learn more
	}
	access := answer.AccessToken(reply.Body)
	if t, err = token.Decode(access); err != nil {
		return header, nil, reply, nil //nolint:nilerr // none came
	}
	header = wire.NewSecret("Bearer " + access)
	l.Hide(wire.NewSecret(access))
	return header, t, reply, nil
}

// callWith makes the call with another token, and returns Keycloak's status; 0 where nothing came that is Keycloak's.
func (l *Look) callWith(ctx context.Context, purpose msg.Format, header wire.Secret) (int, error) {
	r := l.Call
	r.Purpose, r.Authorization = msg.New(purpose), header
	reply, err := l.Server.Send(ctx, r)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	refused := reply.Exchange.Status == http.StatusUnauthorized || reply.Exchange.Status == http.StatusForbidden
	if err != nil || reply.Exchange.Status >= 500 || refused && !answer.IsRefusal(&reply, true) {
		return 0, nil //nolint:nilerr // this one is only to learn more
	}
	return reply.Exchange.Status, nil
}

// AcceptedElsewhere asks whether Keycloak accepts the token where no audience is asked for: at the list of a resource server's resources.
// A token that is good gets a refusal of its client there, one that is not is no token (FACTS, section 3).
func (l *Look) AcceptedElsewhere(ctx context.Context) (Liveness, error) {
	reply, err := l.Server.Send(ctx, keycloak.Request{Purpose: msg.New("is the token accepted where no audience is required?"), Method: http.MethodGet,
		Path: "/realms/" + url.PathEscape(l.Realm) + "/authz/protection/resource_set", Authorization: l.Header})
	if ctx.Err() != nil {
		return LivenessUnseen, ctx.Err()
	}
	if err != nil {
		return LivenessUnseen, nil //nolint:nilerr // this one is only to learn more
	}
	reason, _ := reply.Words()
	switch status := reply.Exchange.Status; {
	case status == http.StatusOK && json.Valid(reply.Body), reason == "invalid_clientId", reason == "invalid_scope":
		l.Notes.Answered("Keycloak accepts the token where it requires no audience: %s answered %s.", reply.Exchange.URL, answer.Words(&reply))
		return Alive, nil
	case reason == "invalid_bearer_token":
		l.Notes.Answered("Keycloak does not accept the token even where it requires no audience: %s answered %s.", reply.Exchange.URL, answer.Words(&reply))
		return Dead, nil
	}
	return LivenessUnseen, nil
}

// seeAssignment takes from the client's configuration how it has the client scope, where the token endpoint did not show it.
func (l *Look) seeAssignment() {
	a, c := &l.Seen, l.Client
	if c == nil || c.ClientID != l.Token.AuthorizedParty {
		return
	}
	switch {
	case slices.Contains(c.DefaultScopes, keycloak.AdminAPIScope):
		a.Assigned = AssignedDefault
	case slices.Contains(c.OptionalScopes, keycloak.AdminAPIScope):
		a.Assigned = AssignedOptional
	case len(c.DefaultScopes)+len(c.OptionalScopes) > 0:
		a.Assigned = Unassigned
	case a.Assigned == AssignmentUnseen:
		l.Notes.Unseen("Which client scopes the client has: its lists are empty, which proves nothing. According to Keycloak's documentation, from 26.8.0 on they are empty for an admin who may not view client scopes.")
	}
}
