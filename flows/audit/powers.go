package audit

import (
	"slices"
	"strings"

	"fix403/flows/access"
	"fix403/flows/doctor/reason"
	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
	"fix403/keycloak/version"
)

// lead is a way from a role to rights that it does not have by itself.
type lead struct {
	role string
	lets texts.Text // what its holder can do
	// to is whose rights are reached; empty for nobody's who holds roles of the admin API.
	to []access.Kind
	// any reports that each role of the realm is reached, also one that nobody holds.
	any bool
	// measured are the versions on which the way was gone; none: it is inferred from the calls that the role opens.
	measured string
	// open says which part of the way was not tried.
	open texts.Text
	// since and until limit the versions; until is documented where it is not measured.
	since, until, documented string
}

// leads are all of them. What was measured was gone on real servers, as an account with that role alone.
var leads = []lead{
	{role: "manage-users", lets: "can set the password of any user and log in as that user", to: []access.Kind{access.User}, measured: "24.0.5 26.7.4"},
	{role: "manage-users", lets: "can put itself into a group that carries more roles", to: []access.Kind{access.Group}, measured: "24.0.5 26.7.4", until: "26.8.1", documented: "the advisory of CVE-2026-94000"},
	{role: "manage-clients", lets: "can read and renew the secret of any client and act as its service account", to: []access.Kind{access.ServiceAccount}, measured: "24.0.5 26.7.4"},
	{role: viewClients, lets: "can read the secret of any client and act as its service account", to: []access.Kind{access.ServiceAccount}, measured: "24.0.5 26.7.4", until: "26.8.0", documented: "Keycloak's upgrading guide"},
	{role: "manage-realm", lets: "can add a signing key to the realm and sign a token of any service account with it", to: []access.Kind{access.ServiceAccount}, measured: "24.0.5 26.7.4"},
	{role: "manage-identity-providers", lets: "can add an identity provider whose users get any role of the realm", any: true, measured: "24.0.5 26.7.4", open: "the login through it"},
	{role: "impersonation", lets: "can log in as any user", to: []access.Kind{access.User}, measured: "24.0.5 26.7.3", until: "26.7.4"},
	{role: "impersonation", lets: "can log in as any user who holds no role of the admin API", measured: "26.7.4", since: "26.7.4"},
	{role: "create-client", lets: "can create clients through client registration", open: "what such a client may do"},
	{role: "manage-authorization", lets: "can change the access rules of applications that use authorization services", open: "each of its calls beyond those of the table"},
}

const viewClients = "view-clients"

// holds reports whether the way is open on a version; of an unknown one it may be.
func (l *lead) holds(on version.Version) bool {
	return !on.Known() || (l.since == "" || version.Compare(on, version.Of(l.since)) >= 0) && (l.until == "" || version.Compare(on, version.Of(l.until)) < 0)
}

func (l *lead) source() (all []msg.Message) {
	switch measured := strings.Fields(l.measured); {
	case l.measured == "":
		all = append(all, msg.New("Inferred from the calls that %s opens; not tried: %s.", l.role, l.open))
	case l.open != "":
		all = append(all, msg.New("%s: measured on Keycloak %s, but for %s, which was not tried.", l.role, texts.List(measured), l.open))
	default:
		all = append(all, msg.New("%s: measured on Keycloak %s.", l.role, texts.List(measured)))
	}
	if l.documented != "" {
		all = append(all, msg.New("Closed since %s, as documented (%s), not measured.", l.until, l.documented))
	}
	return all
}

// powers finds roles that lead to more.
func (i *inspection) powers(h *access.Holder) {
	held := i.own(h)
	for _, role := range []string{admin, roles.RealmAdmin} {
		if slices.Contains(held, role) {
			i.mightyRole(h, role)
			return
		}
	}
	for _, role := range held {
		i.power(h, held, role)
	}
}

func (i *inspection) mightyRole(h *access.Holder, role string) {
	power, _ := roles.PowerOf(role)
	severity := Medium // a realm takes a person who may do everything, and no program
	if h.Account.Kind == access.ServiceAccount {
		severity = High
	}
	f := Finding{Reason: power.Description(), Evidence: i.ways(h, role), Sources: []msg.Message{msg.New("%s: measured on all versions of the table.", role)},
		Fix: msg.New("Grant what its calls require (fix403 roles --calls-file), then revoke %s.", role)}
	f.Commands = i.revoke(h, role)
	i.add(realmAdmin, severity, h, f)
}

func (i *inspection) power(h *access.Holder, held []string, role string) {
	var lets []msg.Message
	f := Finding{Certainty: reason.Proved, role: role}
	severity := Medium
	for _, l := range leads {
		if l.role != role || !l.holds(version.Of(i.Version)) {
			continue
		}
		reached, mighty := i.reached(h, held, l.to)
		if role == viewClients && len(reached) == 0 {
			continue
		}
		lets = append(lets, msg.New(l.lets))
		f.Sources, f.Evidence = more(f.Sources, l.source()), more(f.Evidence, reached)
		if l.any || mighty {
			severity = High
		}
		if l.open != "" || !i.Reported || !slices.Contains(strings.Fields(l.measured), i.Version) {
			f.Certainty = reason.Likely
		}
	}
	if len(lets) == 0 {
		return
	}
	rule := escalates
	if role == viewClients {
		rule = readsSecrets
	}
	f.Reason = msg.New("The role %s is powerful: its holder %s.", role, msg.List("; ", lets...))
	f.Evidence = append(i.ways(h, role), f.Evidence...)
	f.Fix = msg.New("If its calls do not require it, grant the smaller role that they do (fix403 roles --calls-file), and revoke %s.", role)
	f.Commands = i.revoke(h, role)
	i.add(rule, severity, h, f)
}

// reached are the accounts of some kinds that hold what an account does not; mighty reports whether one of them holds a powerful role.
func (i *inspection) reached(by *access.Holder, held []string, kinds []access.Kind) (evidence []msg.Message, mighty bool) {
	const most = 5
	left := 0
	for _, h := range i.grants.Holders {
		if h.Account.ID == by.Account.ID || !slices.Contains(kinds, h.Account.Kind) || h.Account.Kind == access.ServiceAccount && !i.clients[h.Account.ClientID].BySecret {
			continue
		}
		beyond := sift.Out(i.own(h), func(name string) bool { return slices.Contains(held, name) })
		if len(beyond) == 0 || !i.works(h) {
			continue
		}
		mighty = mighty || slices.ContainsFunc(beyond, powerful)
		if len(evidence) == most {
			left++
			continue
		}
		evidence = append(evidence, msg.New("It leads to %s, with %s.", name(h.Account), texts.List(i.shortest(beyond))))
	}
	if left > 0 {
		evidence = append(evidence, msg.New("It leads to %d more accounts.", left))
	}
	return evidence, mighty
}

// more adds messages that are not among others.
func more(all, added []msg.Message) []msg.Message {
	for _, m := range added {
		if !slices.ContainsFunc(all, func(one msg.Message) bool { return one.String() == m.String() }) {
			all = append(all, m)
		}
	}
	return all
}

func powerful(role string) bool {
	_, is := roles.PowerOf(role)
	return is
}

// shortest leaves out roles that come with another one.
func (i *inspection) shortest(names []string) []string {
	if slices.Contains(names, admin) {
		return []string{admin}
	}
	return sift.Out(names, func(name string) bool {
		return slices.ContainsFunc(names, func(other string) bool { return other != name && slices.Contains(i.grants.Includes(other), name) })
	})
}

func name(a access.Account) msg.Message {
	switch a.Kind {
	case access.ServiceAccount, AClient:
		return msg.New("the client %s", a.ClientID)
	case access.Group:
		return msg.New("the group %s", a.Name)
	case RealmItself:
		return msg.New("the realm %s", a.Name)
	default:
		return msg.New("the user %s", a.Name)
	}
}

// byDefault finds roles of the admin API in the default role.
func (i *inspection) byDefault() {
	all := i.grants.ByDefault()
	if len(all) == 0 {
		return
	}
	severity := Medium
	if slices.ContainsFunc(all, powerful) {
		severity = High
	}
	i.add(byDefault, severity, &access.Holder{Subject: access.Subject{Account: i.realm()}}, Finding{
		Reason: msg.New("The default role of the realm includes %s of %s: every new account gets it.", texts.List(i.shortest(all)), i.Container),
		Fix:    msg.New("Take it out of the default role, and grant it to the accounts that require it."),
	})
}

func (i *inspection) realm() access.Account {
	return access.Account{Kind: RealmItself, Name: i.Home, Realm: i.Home}
}
