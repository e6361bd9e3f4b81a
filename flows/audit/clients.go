package audit

import (
	"slices"
	"time"

	"fix403/flows/access"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/reason"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/version"
)

// disabled finds roles of an account that gets no token.
func (i *inspection) disabled(h *access.Holder) {
	held := i.own(h)
	if len(held) == 0 {
		held = h.Outside
	}
	i.add(disabled, Low, h, Finding{Reason: msg.New("It is disabled, and holds %s: enabled again, by mistake or on purpose, it is an admin at once.", texts.List(i.shortest(held))),
		Evidence: i.ways(h, held...), Fix: msg.New("Revoke its roles, or remove the account."), Commands: i.revoke(h, held...)})
}

// scope finds a service account with admin roles whose client has full scope on.
func (i *inspection) scope(h *access.Holder) {
	c, own := i.clients[h.Account.ClientID], i.own(h)
	if !c.FullScope || exam.IsBuiltIn(c.ClientID, i.Home) || len(own) == 0 {
		return
	}
	var evidence []msg.Message
	severity := Low
	if c.Logins && len(i.admins) > 0 {
		severity, evidence = i.exposed(c), []msg.Message{msg.New("Users log in through this client, too: the token of an admin who does carries all roles of that admin."), i.mightyUsers()}
	}
	i.add(fullScope, severity, h, Finding{Evidence: evidence,
		Reason:  msg.New("Full scope is on: each role that the account is granted, or gets through a group, is in effect at once, and nothing limits it to what the client requires."),
		Sources: []msg.Message{msg.New(fullScopeSource)},
		Fix:     msg.New("Add scope mappings of the roles that it requires, then switch full scope off."), Commands: i.narrow(h)})
}

const fullScopeSource = texts.Text("Measured on Keycloak 24.0.5, 26.4.0 and 26.7.3: with full scope off, a role counts only as a scope mapping.")

// mighty finds the users who hold powerful roles.
func (i *inspection) mighty(accounts []*access.Holder) {
	for _, h := range accounts {
		if h.Account.Kind == access.User && i.works(h) && slices.ContainsFunc(i.own(h), powerful) {
			i.admins = append(i.admins, h.Account.Name)
		}
	}
}

func (i *inspection) mightyUsers() msg.Message {
	return msg.New("Users with powerful roles: %s.", texts.List(i.admins))
}

// exposed is how severe it is that an admin may log in through a client with full scope.
func (i *inspection) exposed(c access.Client) Severity {
	if c.Public {
		return Medium
	}
	return Low
}

// logins finds clients through which users log in, whose tokens carry all roles of an admin who does.
func (i *inspection) logins() {
	if len(i.admins) == 0 {
		return
	}
	for _, c := range i.grants.Clients {
		if !c.Enabled || !c.FullScope || !c.Logins || exam.IsBuiltIn(c.ClientID, i.Home) || c.ClientID == keycloak.AdminPermissions {
			continue
		}
		if slices.ContainsFunc(i.all, func(f Finding) bool { return f.Rule == fullScope && f.Account.ClientID == c.ClientID }) {
			continue // found for its service account
		}
		h := &access.Holder{Subject: access.Subject{Account: access.Account{Kind: AClient, Name: c.ClientID, ClientID: c.ClientID, Realm: i.Home, ID: c.ID}}}
		i.add(fullScope, i.exposed(c), h, Finding{
			Reason:   msg.New("Users log in through this client, and full scope is on: the token of an admin who does carries all roles of that admin, and anyone who obtains it is that admin."),
			Evidence: []msg.Message{i.mightyUsers()},
			Sources:  []msg.Message{msg.New(fullScopeSource)},
			Fix:      msg.New("Switch full scope off, with scope mappings of the roles that the application requires."), Commands: i.narrow(h)})
	}
}

// outside finds roles that the client's scope keeps out.
func (i *inspection) outside(h *access.Holder) {
	if len(h.Outside) == 0 {
		return
	}
	i.add(outside, Info, h, Finding{Reason: msg.New("It holds %s, and the client's scope does not include that: it has no effect until full scope or a scope mapping is added.", texts.List(i.shortest(h.Outside))),
		Evidence: i.ways(h, h.Outside...), Sources: []msg.Message{msg.New(fullScopeSource)}, Fix: msg.New("Revoke what has no effect."), Commands: i.revoke(h, h.Outside...)})
}

// secret finds a secret that is old or has expired.
func (i *inspection) secret(h *access.Holder) {
	c := i.clients[h.Account.ClientID]
	const day = 24 * time.Hour
	switch {
	case !c.BySecret:
	case !c.SecretExpires.IsZero() && c.SecretExpires.Before(i.options.Now):
		i.add(expired, Medium, h, Finding{Reason: msg.New("Its secret expired on %s, by the realm's policy for secret rotation.", c.SecretExpires.Format(time.DateOnly)),
			Fix: msg.New("Renew the secret, and give the new one to the program."), Commands: i.renew(c)})
	case i.options.SecretAge > 0 && !c.SecretMade.IsZero() && i.options.Now.Sub(c.SecretMade) > i.options.SecretAge:
		i.add(oldSecret, Low, h, Finding{Reason: msg.New("Its secret is %d days old: it was made on %s.", int(i.options.Now.Sub(c.SecretMade)/day), c.SecretMade.Format(time.DateOnly)),
			Fix: msg.New("Renew the secret, and give the new one to the program."), Commands: i.renew(c)})
	}
}

// The versions from which Keycloak's documents name changes of who may do what. None of them was measured.
const (
	secretsSince = "26.8.0"
	mappersSince = "26.8.2"
)

// before reports whether the server is older than a version, as far as it tells.
func (i *inspection) before(since string) bool {
	on := version.Of(i.Version)
	return !on.Known() || version.Compare(on, version.Of(since)) < 0
}

// next finds what a newer version refuses to a client of whose calls nothing is known: what its roles open today.
func (i *inspection) next(h *access.Holder) {
	c, held := i.clients[h.Account.ClientID], i.own(h)
	if i.audience && !slices.Contains(c.DefaultScopes, keycloak.AdminAPIScope) {
		i.add(noAudience, High, h, Finding{Certainty: reason.Likely,
			Reason:  msg.New("The realm has the client scope %s, and the client does not: the admin API of Keycloak %s and later answers 401 to its tokens.", keycloak.AdminAPIScope, keycloak.AdminAPIScopeSince),
			Sources: []msg.Message{msg.New("Documented since %s, not measured. What this server does, a call shows: fix403 doctor.", keycloak.AdminAPIScopeSince)},
			Fix:     msg.New("Assign the client scope %s to the client as a default one.", keycloak.AdminAPIScope), Commands: i.assign(c)})
	}
	if i.options.Calls[c.ClientID] != nil {
		return
	}
	without := func(name string) bool { return !slices.Contains(held, name) }
	if i.before(secretsSince) && slices.Contains(held, viewClients) && without("manage-clients") {
		i.add(breaksNext, Info, h, Finding{Certainty: reason.Likely, Evidence: i.ways(h, viewClients), role: viewClients,
			Reason:  msg.New("If it reads the secrets of clients, that fails from Keycloak %s on: view-clients gets 403, or ********** instead of the secret.", secretsSince),
			Sources: []msg.Message{msg.New("Documented in %s, not measured.", "Keycloak's upgrading guide")},
			Fix:     msg.New("Find out whether it reads secrets, and have it keep its own instead.")})
	}
	if i.before(mappersSince) && slices.Contains(held, "manage-clients") && without("manage-realm") {
		i.add(breaksNext, Info, h, Finding{Certainty: reason.Likely, Evidence: i.ways(h, "manage-clients"), role: "manage-clients",
			Reason:  msg.New("If it creates, changes or deletes protocol mappers, that fails from Keycloak %s on: it then requires manage-realm.", mappersSince),
			Sources: []msg.Message{msg.New("Documented in %s, not measured.", "Keycloak's upgrading guide")},
			Fix:     msg.New("Find out whether it changes mappers. Exempt their types then, rather than granting manage-realm.")})
	}
}

// nextAudience says once for the realm which clients need the audience of the admin API after an upgrade.
func (i *inspection) nextAudience(accounts []*access.Holder) {
	var clients []string
	for _, h := range accounts {
		if h.Account.Kind == access.ServiceAccount && i.works(h) && len(i.own(h)) > 0 {
			clients = append(clients, h.Account.ClientID)
		}
	}
	if i.audience || len(clients) == 0 || !i.before(keycloak.AdminAPIScopeSince) {
		return
	}
	i.add(breaksNext, Info, &access.Holder{Subject: access.Subject{Account: i.realm()}}, Finding{Certainty: reason.Likely,
		Reason:   msg.New("From Keycloak %s on, the admin API answers 401 to tokens without its audience. These clients will need the client scope %s: %s.", keycloak.AdminAPIScopeSince, keycloak.AdminAPIScope, texts.List(clients)),
		Evidence: []msg.Message{msg.New("The realm has no client scope of that name yet.")},
		Sources:  []msg.Message{msg.New("Documented since %s, not measured.", keycloak.AdminAPIScopeSince)},
		Fix:      msg.New("After the upgrade, assign the scope to each of them as a default one.")})
}
