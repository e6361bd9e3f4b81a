package doctor

import (
	"context"
	"slices"
	"strings"
	"time"

	"fix403/flows/doctor/phrase"
	"fix403/flows/params"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// adminView is what the admin could see. A nil or false part was not seen, or not looked at.
type adminView struct {
	atClient, atAccount bool // looked already

	realm    *keycloak.Realm
	client   *keycloak.Client
	noClient bool
	similar  []string // client ids that differ from the one asked for in case alone

	account   *keycloak.User
	noAccount bool

	container string // uuid of the client whose roles open the realm
	rolesSeen bool
	effective []string // roles of it that the account holds, also through composites and groups
	direct    []string
	inScope   []string // of effective, those that the client's scope lets through
	scoped    []string // what that scope lets through, with full scope off
}

func (s *adminView) realmNotBefore() time.Time {
	if s.realm == nil {
		return time.Time{}
	}
	return s.realm.NotBefore
}

func (s *adminView) clientNotBefore() time.Time {
	if s.client == nil {
		return time.Time{}
	}
	return s.client.NotBefore
}

func (s *adminView) accountNotBefore() time.Time {
	if s.account == nil {
		return time.Time{}
	}
	return s.account.NotBefore
}

// home is the realm in which client and account live.
func (x *examination) home() string {
	if x.token != nil && x.token.Realm() != "" {
		return params.Unescape(x.token.Realm())
	}
	return x.o.Realm
}

// container is the client whose roles open the realm of the call: realm-management, or for callers of master the one
// named after the realm.
func (x *examination) container() string {
	if x.home() == "master" && x.pathRealm != "" {
		return x.pathRealm + "-realm"
	}
	return keycloak.RealmManagement
}

// noteForbidden keeps a look going when the admin may not see something: that is said, and no error.
func (x *examination) noteForbidden(err error, what texts.Text, values ...any) error {
	switch failure.KindOf(err) {
	case failure.Canceled:
		return err
	case "":
		return err // nil, or none of the server's
	default:
	}
	x.unseen("%s: %s", msg.New(what, values...), msg.Of(err).Map(x.o.Recorder.Mask).Clause())
	return nil
}

// lookAtClient reads the client and its realm with the admin's eyes, if there is an admin.
func (x *examination) lookAtClient(ctx context.Context) error {
	see := &x.view
	if x.admin == nil || see.atClient {
		return nil
	}
	see.atClient = true
	realm := x.home()
	var err error
	if see.realm, err = x.admin.ReadRealm(ctx, realm); err != nil {
		if failure.KindOf(err) == failure.NotFound {
			return nil // said by the call itself
		}
		if err := x.noteForbidden(err, "The settings of the realm %s", realm); err != nil {
			return err
		}
	}
	if x.o.ClientID == "" {
		return nil
	}
	see.client, err = x.admin.ReadClient(ctx, realm, x.o.ClientID)
	switch {
	case err == nil:
		x.describeClient()
	case failure.KindOf(err) == failure.NotFound:
		ids, err := x.admin.ClientIDs(ctx, realm)
		if err != nil {
			return x.noteForbidden(err, "Which clients there are")
		}
		see.noClient = len(ids) > 0 // every realm has clients: an empty list is one that the admin may not see
		for _, id := range ids {
			if strings.EqualFold(strings.TrimSpace(id), strings.TrimSpace(x.o.ClientID)) {
				see.similar = append(see.similar, id)
			}
		}
		if see.noClient {
			x.observed(AtServer, "The realm %s has no client %s.", realm, x.o.ClientID)
		}
	default:
		return x.noteForbidden(err, "The configuration of the client %s", x.o.ClientID)
	}
	return nil
}

func (x *examination) describeClient() {
	c := x.view.client
	state := []any{texts.Text("enabled")}
	if !c.Enabled {
		state[0] = texts.Text("disabled")
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
			state = append(state, is.says)
		}
	}
	x.observed(AtServer, "The client %s is %s.", c.ClientID, msg.Concat(phrase.Commas(state)...))
}

// lookAtAccount reads the account behind the token, or the client's service account.
func (x *examination) lookAtAccount(ctx context.Context) error {
	see := &x.view
	if x.admin == nil || see.atAccount {
		return nil
	}
	see.atAccount = true
	id := ""
	if x.token != nil {
		id = x.token.Subject
	}
	if id == "" && see.client != nil && see.client.ServiceAccounts {
		user, err := x.admin.ServiceAccount(ctx, x.home(), see.client.ID)
		if err != nil {
			return x.noteForbidden(err, "The service account of the client")
		}
		id = user.ID
	}
	if id == "" {
		return nil
	}
	var err error
	see.account, err = x.admin.ReadUser(ctx, x.home(), id)
	if failure.KindOf(err) == failure.NotFound {
		see.noAccount = true
		return nil
	}
	return x.noteForbidden(err, "The account that calls")
}

// lookAtRoles reads what the account holds, and what the client's scope lets through of it.
func (x *examination) lookAtRoles(ctx context.Context) error {
	if err := x.lookAtClient(ctx); err != nil {
		return err
	}
	if err := x.lookAtAccount(ctx); err != nil {
		return err
	}
	see, realm := &x.view, x.home()
	if x.admin == nil || see.account == nil || see.rolesSeen {
		return nil
	}
	const what texts.Text = "Which roles the account holds"
	container, err := x.admin.FindClient(ctx, realm, x.container())
	if err != nil {
		return x.noteForbidden(err, what)
	}
	see.container = container.ID
	effective, err := x.admin.EffectiveRoles(ctx, realm, see.account.ID, container.ID)
	if err != nil {
		return x.noteForbidden(err, what)
	}
	direct, err := x.admin.DirectRoles(ctx, realm, see.account.ID, container.ID)
	if err != nil {
		return x.noteForbidden(err, what)
	}
	see.effective, see.direct, see.rolesSeen = names(effective), names(direct), true
	x.observed(AtServer, "The account %s holds %s of %s%s.", see.account.Username, phrase.Listed(see.effective, "no role"), x.container(), phrase.Direct(see.effective, see.direct))
	see.inScope = see.effective
	if see.client != nil && !see.client.FullScope {
		scoped, err := x.admin.ScopedRoles(ctx, realm, see.client, container.ID)
		if err != nil {
			return x.noteForbidden(err, "Which roles the client's scope lets through")
		}
		see.scoped = scoped
		see.inScope = slices.DeleteFunc(slices.Clone(see.effective), func(r string) bool { return !slices.Contains(scoped, r) })
		x.observed(AtServer, "Full scope is off, and the client's scope lets through %s of %s.", phrase.Listed(scoped, "no role"), x.container())
	}
	return nil
}

func names(list []keycloak.Role) []string {
	out := []string{}
	for _, r := range list {
		out = append(out, r.Name)
	}
	return out
}
