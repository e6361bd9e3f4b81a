package doctor

import (
	"context"
	"slices"
	"strings"
	"time"

	"fix403/flows/params"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// sight is what the admin could see. A nil or false part was not seen, or not looked at.
type sight struct {
	atClient, atAccount bool // looked already

	realm    *keycloak.RealmConfig
	client   *keycloak.ClientConfig
	noClient bool
	similar  []string // client ids that differ from the one asked for in case alone

	account   *keycloak.Account
	noAccount bool

	container string // uuid of the client whose roles open the realm
	rolesSeen bool
	effective []string // roles of it that the account holds, also through composites and groups
	direct    []string
	inScope   []string // of effective, those that the client's scope lets through
	scoped    []string // what that scope lets through, with full scope off
}

func (s *sight) realmNotBefore() time.Time {
	if s.realm == nil {
		return time.Time{}
	}
	return s.realm.NotBefore
}

func (s *sight) clientNotBefore() time.Time {
	if s.client == nil {
		return time.Time{}
	}
	return s.client.NotBefore
}

func (s *sight) accountNotBefore() time.Time {
	if s.account == nil {
		return time.Time{}
	}
	return s.account.NotBefore
}

// home is the realm in which client and account live.
func (doc *Doctor) home() string {
	if doc.token != nil && doc.token.Realm() != "" {
		return params.Unescape(doc.token.Realm())
	}
	return doc.o.Realm
}

// container is the client whose roles open the realm of the call: realm-management, or for callers of master the one
// named after the realm.
func (doc *Doctor) container() string {
	if doc.home() == "master" && doc.pathRealm != "" {
		return doc.pathRealm + "-realm"
	}
	return keycloak.RealmManagement
}

// tolerate keeps a look going when the admin may not see something: that is said, and no error.
func (doc *Doctor) tolerate(err error, what texts.Text, values ...any) error {
	switch failure.KindOf(err) {
	case failure.Canceled:
		return err
	case "":
		return err // nil, or none of the server's
	default:
	}
	doc.unseen("%s: %s", msg.New(what, values...), msg.Of(err).Map(doc.o.Recorder.Mask).Clause())
	return nil
}

// lookAtClient reads the client and its realm with the admin's eyes, if there is an admin.
func (doc *Doctor) lookAtClient(ctx context.Context) error {
	see := &doc.look
	if doc.admin == nil || see.atClient {
		return nil
	}
	see.atClient = true
	realm := doc.home()
	var err error
	if see.realm, err = doc.admin.RealmConfig(ctx, realm); err != nil {
		if failure.KindOf(err) == failure.NotFound {
			return nil // said by the call itself
		}
		if err := doc.tolerate(err, "The settings of the realm %s", realm); err != nil {
			return err
		}
	}
	if doc.o.ClientID == "" {
		return nil
	}
	see.client, err = doc.admin.ClientConfig(ctx, realm, doc.o.ClientID)
	switch {
	case err == nil:
		doc.describeClient()
	case failure.KindOf(err) == failure.NotFound:
		ids, err := doc.admin.ClientIDs(ctx, realm)
		if err != nil {
			return doc.tolerate(err, "Which clients there are")
		}
		see.noClient = len(ids) > 0 // every realm has clients: an empty list is one that the admin may not see
		for _, id := range ids {
			if strings.EqualFold(strings.TrimSpace(id), strings.TrimSpace(doc.o.ClientID)) {
				see.similar = append(see.similar, id)
			}
		}
		if see.noClient {
			doc.observed(AtServer, "The realm %s has no client %s.", realm, doc.o.ClientID)
		}
	default:
		return doc.tolerate(err, "The configuration of the client %s", doc.o.ClientID)
	}
	return nil
}

func (doc *Doctor) describeClient() {
	c := doc.look.client
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
	doc.observed(AtServer, "The client %s is %s.", c.ClientID, msg.Concat(commas(state)...))
}

// lookAtAccount reads the account behind the token, or the client's service account.
func (doc *Doctor) lookAtAccount(ctx context.Context) error {
	see := &doc.look
	if doc.admin == nil || see.atAccount {
		return nil
	}
	see.atAccount = true
	id := ""
	if doc.token != nil {
		id = doc.token.Subject
	}
	if id == "" && see.client != nil && see.client.ServiceAccounts {
		user, err := doc.admin.ServiceAccount(ctx, doc.home(), see.client.ID)
		if err != nil {
			return doc.tolerate(err, "The service account of the client")
		}
		id = user.ID
	}
	if id == "" {
		return nil
	}
	var err error
	see.account, err = doc.admin.Account(ctx, doc.home(), id)
	if failure.KindOf(err) == failure.NotFound {
		see.noAccount = true
		return nil
	}
	return doc.tolerate(err, "The account that calls")
}

// lookAtRoles reads what the account holds, and what the client's scope lets through of it.
func (doc *Doctor) lookAtRoles(ctx context.Context) error {
	if err := doc.lookAtClient(ctx); err != nil {
		return err
	}
	if err := doc.lookAtAccount(ctx); err != nil {
		return err
	}
	see, realm := &doc.look, doc.home()
	if doc.admin == nil || see.account == nil || see.rolesSeen {
		return nil
	}
	const what texts.Text = "Which roles the account holds"
	container, err := doc.admin.FindClient(ctx, realm, doc.container())
	if err != nil {
		return doc.tolerate(err, what)
	}
	see.container = container.ID
	effective, err := doc.admin.EffectiveRoles(ctx, realm, see.account.ID, container.ID)
	if err != nil {
		return doc.tolerate(err, what)
	}
	direct, err := doc.admin.DirectRoles(ctx, realm, see.account.ID, container.ID)
	if err != nil {
		return doc.tolerate(err, what)
	}
	see.effective, see.direct, see.rolesSeen = names(effective), names(direct), true
	doc.observed(AtServer, "The account %s holds %s of %s%s.", see.account.Username, listed(see.effective, "no role"), doc.container(), directWords(see.effective, see.direct))
	see.inScope = see.effective
	if see.client != nil && !see.client.FullScope {
		scoped, err := doc.admin.ScopedRoles(ctx, realm, see.client, container.ID)
		if err != nil {
			return doc.tolerate(err, "Which roles the client's scope lets through")
		}
		see.scoped = scoped
		see.inScope = slices.DeleteFunc(slices.Clone(see.effective), func(r string) bool { return !slices.Contains(scoped, r) })
		doc.observed(AtServer, "Full scope is off, and the client's scope lets through %s of %s.", listed(scoped, "no role"), doc.container())
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

// listed names the items of a list, or says that there are none.
func listed(list []string, none texts.Text) msg.Message {
	const most = 60 // no client of Keycloak's own has half as many roles
	switch {
	case len(list) == 0:
		return msg.New(none)
	case len(list) > most:
		return msg.New("%s, and %d more", strings.Join(list[:most], ", "), len(list)-most)
	}
	return msg.Verbatim(strings.Join(list, ", "))
}

// directWords says how roles came that were not given directly.
func directWords(effective, direct []string) msg.Message {
	if len(effective) == 0 || len(effective) == len(direct) {
		return msg.Message{}
	}
	return msg.Concat(" ", msg.New("(directly %s, the others through composites or groups)", listed(direct, "none")))
}
