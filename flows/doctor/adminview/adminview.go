// Package adminview reads what a server's configuration says to an admin about a client, its account and its roles.
package adminview

import (
	"context"
	"slices"
	"strings"
	"time"

	"fix403/flows/doctor/phrase"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
)

// By is who looks, and at what.
type By struct {
	Admin    *keycloak.Admin // nil: nothing is looked at
	Realm    string          // of client and account
	ClientID string          // "" if it is not known
	Subject  string          // id of the account; "" is the one of the session or the name, or else the client's service account
	Session  string          // of the token, "" for none
	Person   bool            // the account is a person's, and none of the client
	Username string          // of the person; "" if it is not known
	RolesOf  string          // the client whose roles open the realm
	Notes    Notes
}

// Notes takes what is seen.
type Notes interface {
	Observed(format texts.Text, values ...any)
	// Forbidden notes what the admin may not see, and returns nil. An error that is not the server's is returned as it is.
	Forbidden(err error, what texts.Text, values ...any) error
}

// View is what the admin could see. A nil or false part was not seen, or not looked at.
type View struct {
	atClient, atAccount bool // looked already

	Realm    *keycloak.Realm
	Client   *keycloak.Client
	NoClient bool
	Similar  []string // client ids that differ from the one asked for in case alone

	Account   *keycloak.User
	NoAccount bool
	NoUser    bool // the realm has no user of the name that logs in

	Container string   // uuid of the client whose roles open the realm
	Known     []string // the roles that it has; nil if they were not seen
	RolesSeen bool
	Effective []string // roles of it that the account holds, also through composites and groups
	Direct    []string
	InScope   []string // of effective, those that the client's scope lets through
	Scoped    []string // what that scope lets through, with full scope off
}

// WebOrigins returns the web origins of the client; nil where they were not seen.
func (v *View) WebOrigins() []string {
	if v.Client == nil {
		return nil
	}
	return v.Client.WebOrigins
}

// RealmNotBefore returns the time before which the realm takes no token as issued; zero if none was seen.
func (v *View) RealmNotBefore() time.Time {
	if v.Realm == nil {
		return time.Time{}
	}
	return v.Realm.NotBefore
}

// ClientNotBefore returns the time before which the client takes no token as issued; zero if none was seen.
func (v *View) ClientNotBefore() time.Time {
	if v.Client == nil {
		return time.Time{}
	}
	return v.Client.NotBefore
}

// AccountNotBefore returns the time before which the user takes no token as issued; zero if none was seen.
func (v *View) AccountNotBefore() time.Time {
	if v.Account == nil {
		return time.Time{}
	}
	return v.Account.NotBefore
}

// LookAtClient reads the client and its realm with the admin's eyes, if there is an admin.
func (v *View) LookAtClient(ctx context.Context, by By) error {
	if by.Admin == nil || v.atClient {
		return nil
	}
	v.atClient = true
	realm := by.Realm
	var err error
	if v.Realm, err = by.Admin.ReadRealm(ctx, realm); err != nil {
		if failure.KindOf(err) == failure.NotFound {
			return nil // said by the call itself
		}
		if err := by.Notes.Forbidden(err, "The settings of the realm %s", realm); err != nil {
			return err
		}
	}
	if by.ClientID == "" {
		return nil
	}
	v.Client, err = by.Admin.ReadClient(ctx, realm, by.ClientID)
	switch {
	case err == nil:
		v.describeClient(by)
	case failure.KindOf(err) == failure.NotFound:
		ids, err := by.Admin.ClientIDs(ctx, realm)
		if err != nil {
			return by.Notes.Forbidden(err, "Which clients exist")
		}
		v.NoClient = len(ids) > 0 // every realm has clients: an empty list is one that the admin may not see
		for _, id := range ids {
			if strings.EqualFold(strings.TrimSpace(id), strings.TrimSpace(by.ClientID)) {
				v.Similar = append(v.Similar, id)
			}
		}
		if v.NoClient {
			by.Notes.Observed("The realm %s has no client %s.", realm, by.ClientID)
		}
	default:
		return by.Notes.Forbidden(err, "The configuration of the client %s", by.ClientID)
	}
	return nil
}

func (v *View) describeClient(by By) {
	c := v.Client
	state := []msg.Message{msg.New("enabled")}
	if !c.Enabled {
		state[0] = msg.New("disabled")
	}
	for _, is := range []struct {
		on   bool
		says texts.Text
	}{
		{c.Public, "public"}, {c.BearerOnly, "bearer-only"}, {!c.ServiceAccounts, "without service account"},
		{!c.FullScope, "full scope off"}, {c.Lightweight, "with lightweight access tokens"},
		{!slices.Contains(c.DefaultScopes, "roles"), "without the default client scope roles"},
	} {
		if is.on {
			state = append(state, msg.New(is.says))
		}
	}
	by.Notes.Observed("The client %s is %s.", c.ClientID, msg.List(", ", state...))
}

// LookAtAccount reads the account behind the token, or the client's service account.
func (v *View) LookAtAccount(ctx context.Context, by By) error {
	if by.Admin == nil || v.atAccount {
		return nil
	}
	v.atAccount = true
	id := by.Subject
	if id == "" && v.Client != nil && by.Session != "" {
		var err error
		if id, err = by.Admin.SessionUser(ctx, by.Realm, v.Client.ID, by.Session); err != nil {
			return by.Notes.Forbidden(err, "Whose session the token belongs to")
		}
		if id != "" {
			by.Notes.Observed("The session of the token belongs to the user with the id %s.", id)
		}
	}
	if id == "" && by.Username != "" {
		user, err := by.Admin.FindUser(ctx, by.Realm, by.Username, "")
		if err != nil && failure.KindOf(err) != failure.NotFound {
			return by.Notes.Forbidden(err, "The user %s", by.Username)
		}
		if err == nil {
			id = user.ID
		}
		v.NoUser = err != nil
	}
	if id == "" && !by.Person && by.Session == "" && v.Client != nil && v.Client.ServiceAccounts {
		user, err := by.Admin.ServiceAccount(ctx, by.Realm, v.Client.ID)
		if err != nil {
			return by.Notes.Forbidden(err, "The service account of the client")
		}
		id = user.ID
	}
	if id == "" {
		return nil
	}
	var err error
	v.Account, err = by.Admin.ReadUser(ctx, by.Realm, id)
	if failure.KindOf(err) == failure.NotFound {
		v.NoAccount = true
		return nil
	}
	return by.Notes.Forbidden(err, "The caller's account")
}

// LookAtRoles reads what the account holds, and what the client's scope lets through of it.
func (v *View) LookAtRoles(ctx context.Context, by By) error {
	if err := v.LookAtClient(ctx, by); err != nil {
		return err
	}
	if err := v.LookAtAccount(ctx, by); err != nil {
		return err
	}
	realm := by.Realm
	if by.Admin == nil || v.Account == nil || v.RolesSeen {
		return nil
	}
	const what texts.Text = "Which roles the account holds"
	container, err := by.Admin.FindClient(ctx, realm, by.RolesOf)
	if err != nil {
		return by.Notes.Forbidden(err, what)
	}
	v.Container = container.ID
	effective, err := by.Admin.EffectiveRoles(ctx, realm, v.Account.ID, container.ID)
	if err != nil {
		return by.Notes.Forbidden(err, what)
	}
	direct, err := by.Admin.DirectRoles(ctx, realm, v.Account.ID, container.ID)
	if err != nil {
		return by.Notes.Forbidden(err, what)
	}
	v.Effective, v.Direct, v.RolesSeen = names(effective), names(direct), true
	by.Notes.Observed("The account %s holds %s of %s%s.", v.Account.Username, phrase.Listed(v.Effective, "no role"), by.RolesOf, phrase.Direct(v.Effective, v.Direct))
	v.InScope = v.Effective
	if v.Client != nil && !v.Client.FullScope {
		scoped, err := by.Admin.ScopedRoles(ctx, realm, v.Client, container.ID)
		if err != nil {
			return by.Notes.Forbidden(err, "Which roles the client's scope includes")
		}
		v.Scoped = scoped
		v.InScope = sift.Out(v.Effective, func(r string) bool { return !slices.Contains(scoped, r) })
		by.Notes.Observed("Full scope is off, and the client's scope includes %s of %s.", phrase.Listed(scoped, "no role"), by.RolesOf)
	}
	return nil
}

// LookAtKnown reads which roles the client has whose roles open the realm, once the account's were seen.
func (v *View) LookAtKnown(ctx context.Context, by By) error {
	if by.Admin == nil || v.Container == "" || v.Known != nil {
		return nil
	}
	known, err := by.Admin.ClientRoles(ctx, by.Realm, v.Container)
	if err != nil {
		return by.Notes.Forbidden(err, "Which roles %s has", by.RolesOf)
	}
	v.Known = names(known)
	return nil
}

func names(list []keycloak.Role) []string {
	out := []string{}
	for _, r := range list {
		out = append(out, r.Name)
	}
	return out
}
