package words

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fix403/flows/access"
	"fix403/flows/gate"
	"fix403/flows/watch"
)

// Account says who an account is.
func (w Words) Account(a access.Account) string {
	switch {
	case a.Kind == access.ServiceAccount:
		return w.T("%s: the service account of the client %s, realm %s", a.Name, a.ClientID, a.Realm)
	case a.ClientID != "":
		return w.T("%s: a user of the realm %s, through the client %s", a.Name, a.Realm, a.ClientID)
	}
	return w.T("%s: a user of the realm %s", a.Name, a.Realm)
}

// WatchedClient says whose calls were seen.
func (w Words) WatchedClient(c watch.Client) string {
	name := ""
	switch a := c.Account; {
	case a.Kind == access.ServiceAccount || a.Kind == access.User:
		name = w.Account(a)
	case a.ClientID != "":
		name = w.T("the client %s of the realm %s", a.ClientID, a.Realm)
	default:
		name = w.T("a caller without a token that can be read")
	}
	if c.Realm != c.Account.Realm && c.Realm != "" {
		name = w.T("%s, in the realm %s", name, c.Realm)
	}
	return name
}

// Caller names who made a call that was seen; "" where its token does not tell.
func Caller(s watch.Seen) string { return cmp.Or(s.Account.ClientID, s.Account.Name) }

// Stopped says where a call or a route was stopped, or that it hides something; "" for neither.
func (w Words) Stopped(at gate.Gate, hidden bool) string {
	switch {
	case hidden:
		return w.T("hides something")
	case at != gate.None && at != "":
		return w.T("stopped at the gate %s", at)
	}
	return ""
}

// Statuses are those that a route was answered with, each with how often.
func Statuses(statuses map[int]int) string {
	var all []string
	for _, status := range slices.Sorted(maps.Keys(statuses)) {
		all = append(all, fmt.Sprintf("%d × %d", statuses[status], status))
	}
	return strings.Join(all, ", ")
}
