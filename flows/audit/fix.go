package audit

import (
	"slices"
	"strings"

	"fix403/flows/access"
	"fix403/flows/change"
	"fix403/flows/journal"
	"fix403/flows/sh"
	"fix403/keycloak"
)

// revoke are the commands that revoke from an account what gives it roles: what it is granted directly. What it gets through a group is for
// a person to decide, since others get it too.
func (i *inspection) revoke(h *access.Holder, names ...string) []string {
	return i.revokeBut(h, nil, names)
}

// revokeBut leaves grants that give a role which is needed.
func (i *inspection) revokeBut(h *access.Holder, needed, names []string) (lines []string) {
	for _, o := range i.origins(h, names...) {
		if o.Group != "" || slices.ContainsFunc(i.grants.Through(o.Role), func(name string) bool { return slices.Contains(needed, name) }) {
			continue
		}
		role, of := i.grants.Role(o.Role), ""
		if role.Client != "" {
			of = " --cclientid " + sh.Quote(role.Client)
		}
		lines = append(lines, "kcadm.sh remove-roles"+i.inRealm()+" --uusername "+sh.Quote(h.Account.Name)+of+" --rolename "+sh.Quote(role.Name))
	}
	return lines
}

func (i *inspection) inRealm() string { return " -r " + sh.Quote(i.Home) }

func (i *inspection) find(variable, clientID string) string {
	return variable + "=$(kcadm.sh get clients" + i.inRealm() + " -q " + sh.Quote("clientId="+clientID) + " --fields id --format csv --noquotes)"
}

// narrow are the commands that switch full scope off, and let through what the service account holds.
func (i *inspection) narrow(h *access.Holder) (lines []string) {
	for _, name := range i.shortest(i.own(h)) {
		if name == admin {
			continue
		}
		c := change.Change{Kind: journal.ChangeScopeMapping, Realm: i.Home, ClientID: h.Account.ClientID, Container: i.Container, Role: name}
		for _, line := range c.Kcadm() {
			// What looks up a client is needed once; what adds a role reads the same for each.
			if strings.HasPrefix(line, "kcadm.sh") || !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	if lines == nil {
		lines = append(lines, i.find("CLIENT_UUID", h.Account.ClientID))
	}
	return append(lines, `kcadm.sh update "clients/$CLIENT_UUID"`+i.inRealm()+" -s fullScopeAllowed=false")
}

func (i *inspection) renew(c access.Client) []string {
	return []string{i.find("CLIENT_UUID", c.ClientID), `kcadm.sh create "clients/$CLIENT_UUID/client-secret"` + i.inRealm()}
}

func (i *inspection) assign(c access.Client) []string {
	return []string{i.find("CLIENT_UUID", c.ClientID),
		`SCOPE=$(kcadm.sh get client-scopes` + i.inRealm() + ` --fields id,name --format csv --noquotes | grep ',` + keycloak.AdminAPIScope + `$' | cut -d, -f1)`,
		`kcadm.sh update "clients/$CLIENT_UUID/default-client-scopes/$SCOPE"` + i.inRealm()}
}
