// Package audit looks at who holds roles of the admin API in a realm, and finds what goes beyond least privilege, what leads from one role
// to more, and what a newer version of Keycloak will refuse. It decides on what [access.Reader] reads, and sends nothing itself.
package audit

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"strings"
	"time"

	"fix403/flows/access"
	"fix403/flows/doctor/reason"
	"fix403/flows/roles"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
)

// Severity is how much a finding matters.
type Severity int

// The severities.
const (
	Info Severity = iota
	Low
	Medium
	High
)

var severities = []string{"info", "low", "medium", "high"}

// Severities are their names, the least first.
func Severities() []string { return slices.Clone(severities) }

func (s Severity) String() string { return severities[s] }

// SeverityOf returns the severity with a name.
func SeverityOf(name string) (Severity, bool) {
	i := slices.Index(severities, name)
	return Severity(max(i, 0)), i >= 0
}

// The kinds of subjects that are no accounts.
const (
	RealmItself access.Kind = "realm"
	AClient     access.Kind = "client"
)

// Finding is something that one account should not have, or lacks.
type Finding struct {
	Rule      *Rule
	Severity  Severity
	Account   access.Account
	Reason    msg.Message
	Evidence  []msg.Message // as read from this server
	Fix       msg.Message
	Commands  []string // the fix for a shell, after a login of kcadm.sh; nil where a person has to decide first
	Certainty reason.Certainty
	// Sources say where what the reason states of Keycloak was measured, or is documented.
	Sources []msg.Message

	role string // of which it tells, where a rule finds several of one account
}

// Options say what is known besides the server.
type Options struct {
	Now       time.Time
	SecretAge time.Duration // an older secret is a finding; 0: none is
	// Calls are those that clients are known to make, by client id; nil where that is not known.
	Calls map[string][]roles.Call
}

// Audit is what was found.
type Audit struct {
	Place    *access.Place
	Accounts []*access.Holder // that hold roles of the admin API, other than by default; no groups
	Findings []Finding        // the most severe first
	Notes    []msg.Message    // what could not be seen

	grants *access.Grants
}

// inspection is an audit in the making.
type inspection struct {
	*access.Place
	audience bool
	grants   *access.Grants
	options  Options
	clients  map[string]access.Client
	admins   []string // users who hold powerful roles
	all      []Finding
	notes    []msg.Message
}

// Run audits a realm.
func Run(ctx context.Context, r *access.Reader, o Options) (*Audit, error) {
	grants, err := r.Holders(ctx)
	if err != nil {
		return nil, err
	}
	i := &inspection{Place: r.Place, audience: r.Audience(), grants: grants, options: o, clients: map[string]access.Client{}}
	for _, c := range grants.Clients {
		i.clients[c.ClientID] = c
	}
	a := &Audit{Place: r.Place, grants: grants}
	for _, h := range grants.Holders {
		if h.Account.Kind != access.Group && len(i.own(h))+len(h.Outside) > 0 {
			a.Accounts = append(a.Accounts, h)
		}
	}
	i.byDefault()
	i.mighty(a.Accounts)
	for _, h := range a.Accounts {
		i.account(h)
	}
	i.logins()
	i.nextAudience(a.Accounts)
	sort.SliceStable(i.all, func(x, y int) bool {
		a, b := &i.all[x], &i.all[y]
		return cmp.Or(int(b.Severity-a.Severity), strings.Compare(a.Rule.ID, b.Rule.ID), strings.Compare(a.Account.Name, b.Account.Name)) < 0
	})
	a.Findings, a.Notes = i.all, slices.Concat(r.Notes, grants.Notes, i.notes)
	return a, nil
}

// account applies all rules about one account.
func (i *inspection) account(h *access.Holder) {
	if !i.works(h) {
		i.disabled(h)
		return
	}
	i.powers(h)
	if h.Account.Kind != access.ServiceAccount {
		return
	}
	i.scope(h)
	i.outside(h)
	i.secret(h)
	i.needs(h)
	i.next(h)
}

// own are the roles that an account holds and may use, other than those that each account of the realm gets.
func (i *inspection) own(h *access.Holder) []string {
	granted := sift.Out(h.Origins, func(o access.Origin) bool { return i.grants.Role(o.Role).Default })
	var own []string
	for _, name := range i.grants.Effective(granted) {
		if slices.Contains(h.Held, name) {
			own = append(own, name)
		}
	}
	if slices.Contains(h.RealmRoles, admin) {
		own = append(own, admin)
	}
	return own
}

// admin is the role of master that opens every realm.
const admin = "admin"

// works reports whether the account can get a token.
func (i *inspection) works(h *access.Holder) bool {
	c, is := i.clients[h.Account.ClientID]
	return h.Enabled() && (!is || h.Account.Kind != access.ServiceAccount || c.Enabled)
}

func (i *inspection) add(rule *Rule, severity Severity, h *access.Holder, f Finding) {
	f.Rule, f.Severity, f.Account = rule, severity, h.Account
	if f.Certainty == "" {
		f.Certainty = reason.Proved
	}
	i.all = append(i.all, f)
}

// ways are the grants by which an account gets one of some roles.
func (i *inspection) ways(h *access.Holder, names ...string) (ways []msg.Message) {
	for _, o := range i.origins(h, names...) {
		ways = append(ways, i.grants.Way(o))
	}
	return ways
}

func (i *inspection) origins(h *access.Holder, names ...string) (some []access.Origin) {
	for _, o := range h.Origins {
		role, through := i.grants.Role(o.Role), i.grants.Through(o.Role)
		if role.Client == "" && role.Name == admin {
			through = append(through, admin)
		}
		if !role.Default && slices.ContainsFunc(through, func(name string) bool { return slices.Contains(names, name) }) {
			some = append(some, o)
		}
	}
	return some
}

// Reach returns how many findings are at least as severe.
func (a *Audit) Reach(s Severity) (n int) {
	for _, f := range a.Findings {
		if f.Severity >= s {
			n++
		}
	}
	return n
}
