package watch

import (
	"cmp"
	"strconv"
	"strings"

	"fix403/flows/access"
	"fix403/flows/document"
	"fix403/flows/texts"
	"fix403/keycloak/version"
)

// Document returns what was seen, for programs to read. The forms of the fix are for that admin.
func (s Sum) Document(adminRealm, admin string) document.Watch {
	d := document.Watch{Server: document.ServerOf(s.URL, s.Version, false), Requests: s.Requests, Clients: []document.WatchedClient{}, Uncounted: s.Uncounted}
	for _, c := range s.Clients {
		d.Clients = append(d.Clients, c.document(s.URL, adminRealm, admin))
	}
	return d
}

func (c Client) document(url, adminRealm, admin string) document.WatchedClient {
	kind := string(cmp.Or(c.Account.Kind, access.Kind("unknown")))
	d := document.WatchedClient{
		ClientID: c.Account.ClientID, Account: document.Caller{Kind: kind, Name: c.Account.Name, ClientID: c.Account.ClientID, Realm: c.Account.Realm},
		Realm: c.Realm, Calls: []document.WatchedCall{}, RolesOf: c.Container, SmallestRoles: c.Smallest, EqualRoles: c.Equal, RolesSeen: c.Seen, SurplusRoles: c.Surplus,
	}
	if c.How != version.Measured {
		d.Certainty = "likely"
	}
	for _, r := range c.Routes {
		one := document.WatchedCall{Method: r.Method, Path: r.Path, Known: r.Known, Statuses: map[string]int{}, StoppedAt: string(r.Stopped), Reason: r.Reason.String()}
		for status, n := range r.Statuses {
			one.Statuses[strconv.Itoa(status)] = n
		}
		d.Calls = append(d.Calls, one)
	}
	for _, n := range c.Notes {
		d.Notes = append(d.Notes, n.String())
	}
	if f := c.Forms(url, adminRealm, admin); f.Curl != nil {
		d.Fix = &document.WatchedFix{Curl: f.Curl, Kcadm: f.Kcadm, Terraform: strings.Join(f.Terraform, "\n")}
	}
	return d
}

// Test is a call of a client as a test of a pipeline: it fails with why it was refused.
type Test struct{ Name, Failure string }

// Tests are those of all calls.
func (s Sum) Tests(say *texts.Printer) []Test {
	var all []Test
	for _, c := range s.Clients {
		for _, r := range c.Routes {
			t := Test{Name: cmp.Or(c.Account.ClientID, "?") + ": " + r.Method + " " + r.Path}
			if r.Stopped != "" {
				t.Failure = cmp.Or(say.Say(r.Reason), string(r.Stopped))
			}
			all = append(all, t)
		}
	}
	return all
}
