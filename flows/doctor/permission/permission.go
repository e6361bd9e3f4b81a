// Package permission finds what fine-grained admin permissions (of the second kind, Keycloak 26.2 and later) allow of a call: which
// permission, policy and scope let an account at an object or did not, by the server's own evaluation. It knows what a call needs of them,
// and no role.
package permission

import (
	"context"
	"net/url"
	"slices"

	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
)

// By is who looks, and for which account.
type By struct {
	Admin   *keycloak.Admin
	Realm   string
	Account string // id of the user
}

// Decision is what the server's evaluation says of one [Ask].
type Decision struct {
	Ask
	Name    string // of the object, where it was found by a path; else empty
	Allowed bool
	Unknown bool // the server has no such type or scope, or no such object
	// Grants are the permissions that are about the object, of any scope.
	Grants []keycloak.DecidingPermission
}

// View is what permissions allow of a call.
type View struct {
	Needs Needs
	// Sets are the decisions of [Needs.Any].
	Sets [][]Decision
	// Shown are, for a list, the objects that permissions name and let the account see; AllNamed reports that each was looked at.
	Shown    []keycloak.PermittedObject
	AllNamed bool

	by     By
	server *keycloak.PermissionServer
	asked  map[Ask]Decision
}

// many is how many objects a list is looked at with.
const many = 20

// Look has the server evaluate what a call needs.
func Look(ctx context.Context, by By, n Needs) (*View, error) {
	v := &View{Needs: n, by: by, asked: map[Ask]Decision{}}
	var err error
	if v.server, err = by.Admin.ReadPermissionServer(ctx, by.Realm); err != nil {
		return nil, err
	}
	for _, set := range n.Any {
		decided, err := v.evaluate(ctx, set)
		if err != nil {
			return nil, err
		}
		v.Sets = append(v.Sets, decided)
	}
	return v, nil
}

// evaluate asks for all of a set, with one request for each object.
func (v *View) evaluate(ctx context.Context, set []Ask) ([]Decision, error) {
	var out []Decision
	for _, ask := range set {
		if d, done := v.asked[ask]; done {
			out = append(out, d)
			continue
		}
		d := Decision{Ask: ask}
		if ask.Path != "" {
			id, err := v.group(ctx, ask.Path)
			if err != nil {
				return nil, err
			}
			d.Object, d.Name, d.Unknown = id, ask.Path, id == ""
		}
		d.Unknown = d.Unknown || !slices.Contains(v.server.Scopes[ask.Type], ask.Scope)
		if !d.Unknown {
			answer, err := v.by.Admin.EvaluatePermission(ctx, v.by.Realm, v.server, keycloak.PermissionQuestion{Account: v.by.Account, Type: d.Type, Object: d.Object, Scopes: []string{d.Scope}})
			if err != nil {
				return nil, err
			}
			d.Allowed, d.Grants = slices.Contains(answer.Allowed, d.Scope), answer.Grants
		}
		v.asked[ask] = d
		out = append(out, d)
	}
	return out, nil
}

// group returns the id of a group of a path; "" where there is none.
func (v *View) group(ctx context.Context, path string) (string, error) {
	id, err := v.by.Admin.GroupByPath(ctx, v.by.Realm, path)
	if failure.KindOf(err) == failure.NotFound {
		return "", nil
	}
	return id, err
}

// LookAtShown finds which objects of the list permissions let the account see.
func (v *View) LookAtShown(ctx context.Context) error {
	v.AllNamed = true
	kinds := []Ask{{Type: v.Needs.List, Scope: "view"}}
	if v.Needs.List == Users {
		kinds = append(kinds, Ask{Type: Groups, Scope: membersScope["view"]})
	}
	for _, kind := range kinds {
		objects, all, err := v.by.Admin.PermittedObjects(ctx, v.by.Realm, v.server, kind.Type, many)
		if err != nil {
			return err
		}
		v.AllNamed = v.AllNamed && all
		for _, o := range objects {
			decided, err := v.evaluate(ctx, []Ask{{Type: kind.Type, Object: o.ID, Scope: kind.Scope}})
			if err != nil {
				return err
			}
			if decided[0].Allowed {
				v.Shown = append(v.Shown, o)
				v.AllNamed = v.AllNamed && kind.Type == v.Needs.List // a group is shown by its members
			}
		}
	}
	return nil
}

// Explain reports whether permissions let the account see each of some objects of the list, and none of some others; certain is false where
// those were too many to look at each.
func (v *View) Explain(ctx context.Context, shown, hidden []string) (explained, certain bool, _ error) {
	certain = true
	for i, ids := range [][]string{shown, hidden} {
		if len(ids) > many {
			ids, certain = ids[:many], false
		}
		for _, id := range ids {
			decided, err := v.evaluate(ctx, []Ask{{Type: v.Needs.List, Object: id, Scope: "view"}})
			if err != nil {
				return false, false, err
			}
			if decided[0].Allowed != (i == 0) {
				return false, false, nil
			}
		}
	}
	return true, certain, nil
}

// Allowed reports whether permissions allow all of one set.
func (v *View) Allowed() bool { return v.allowed() != nil }

func (v *View) allowed() []Decision {
	for _, set := range v.Sets {
		if !slices.ContainsFunc(set, func(d Decision) bool { return !d.Allowed }) {
			return set
		}
	}
	return nil
}

// Missing returns what permissions do not allow, of the set that lacks the least; empty where all is allowed.
func (v *View) Missing() []Decision {
	var least []Decision
	for i, set := range v.Sets {
		lacking := sift.Out(set, func(d Decision) bool { return d.Allowed })
		if i == 0 || len(lacking) < len(least) {
			least = lacking
		}
	}
	return least
}

// Barring describes the permissions whose policies do not hold for the account, of those that have a missing scope; empty where there are none.
func (v *View) Barring() msg.Message {
	var parts []msg.Message
	for _, d := range v.Missing() {
		if list := d.deciding(false); len(list) > 0 {
			parts = append(parts, grants(list))
		}
	}
	return msg.List(", ", parts...)
}

// Concerned reports whether any permission is about an object of the call and holds for the account, or is about its scope.
func (v *View) Concerned() bool {
	for _, d := range v.asked {
		for _, g := range d.Grants {
			if g.Holds || slices.Contains(g.Scopes, d.Scope) {
				return true
			}
		}
	}
	return false
}

// Asks names asks, such as "view on this user and manage-membership on the group /staff".
func Asks(list []Decision) msg.Message {
	var parts []any
	for i := 0; i < len(list); {
		scopes := []string{list[i].Scope}
		j := i + 1
		for ; j < len(list) && list[j].Object == list[i].Object && list[j].Type == list[i].Type && list[j].Path == list[i].Path; j++ {
			scopes = append(scopes, list[j].Scope)
		}
		parts = append(parts, msg.New("%s on %s", texts.Commas(scopes), list[i].What()))
		i = j
	}
	return msg.Join(" and ", parts...)
}

// Addable reports whether a further permission would allow what is not allowed: not where one has the scope already, and its policy does
// not hold for the account, since all permissions with the scope have to hold.
func (d Decision) Addable() bool { return !d.Unknown && len(d.deciding(false)) == 0 }

// What names the object.
func (d Decision) What() msg.Message {
	switch {
	case d.Path != "":
		return msg.New("the group %s", d.Path)
	case d.Object == "":
		return all(d.Type)
	}
	switch d.Type {
	case Users:
		return msg.New("the user %s", d.Object)
	case Groups:
		return msg.New("the group %s", d.Object)
	case Clients:
		return msg.New("the client %s", d.Object)
	case Roles:
		return msg.New("the role %s", d.Object)
	default:
		return msg.New("the organization %s", d.Object)
	}
}

func all(kind string) msg.Message {
	switch kind {
	case Users:
		return msg.New("all users")
	case Groups:
		return msg.New("all groups")
	case Clients:
		return msg.New("all clients")
	case Roles:
		return msg.New("all roles")
	default:
		return msg.New("all organizations")
	}
}

// Says returns what each decision rests on, in sentences for evidence.
func (v *View) Says() []msg.Message {
	var out []msg.Message
	for _, set := range v.Sets {
		for _, d := range set {
			if says := d.Says(); !slices.ContainsFunc(out, func(m msg.Message) bool { return m.String() == says.String() }) {
				out = append(out, says)
			}
		}
	}
	return out
}

// Says returns what the decision rests on, as a sentence.
func (d Decision) Says() msg.Message {
	about := Asks([]Decision{d})
	switch {
	case d.Unknown && d.Path != "" && d.Object == "":
		return msg.New("The group %s does not exist.", d.Path)
	case d.Unknown:
		return msg.New("This server has no admin permissions for %s.", about)
	case d.Allowed:
		return msg.New("The server's own evaluation allows %s: %s.", about, grants(d.deciding(true)))
	}
	if deciding := d.deciding(false); len(deciding) > 0 {
		return msg.New("The server's own evaluation does not allow %s: %s.", about, grants(deciding))
	}
	if len(d.Grants) > 0 {
		return msg.New("The server's own evaluation does not allow %s: no permission has this scope (%s).", about, grants(d.Grants))
	}
	return msg.New("The server's own evaluation does not allow %s: no permission covers it.", about)
}

// membersScope are the scopes of a group that stand for those of its members.
var membersScope = map[string]string{"view": "view-members", "manage": "manage-members", "impersonate": "impersonate-members", "manage-group-membership": "manage-membership-of-members"}

// deciding returns the permissions with the scope, or for a member the scope of the group, that hold or do not.
func (d Decision) deciding(hold bool) []keycloak.DecidingPermission {
	return sift.Out(d.Grants, func(g keycloak.DecidingPermission) bool {
		has := slices.Contains(g.Scopes, d.Scope) || d.Type == Users && g.Type == Groups && slices.Contains(g.Scopes, membersScope[d.Scope])
		return !has || g.Holds != hold
	})
}

// grants describes permissions: name, scopes, and what their policies say.
func grants(list []keycloak.DecidingPermission) msg.Message {
	var parts []msg.Message
	for _, g := range list {
		var policies []msg.Message
		for _, p := range g.Policies {
			if p.Holds {
				policies = append(policies, msg.New("policy %s holds", p.Name))
			} else {
				policies = append(policies, msg.New("policy %s does not hold", p.Name))
			}
		}
		scopes := texts.Commas(g.Scopes)
		if len(policies) == 0 {
			parts = append(parts, msg.New("permission %s (%s)", g.Name, scopes))
			continue
		}
		parts = append(parts, msg.New("permission %s (%s; %s)", g.Name, scopes, msg.List(", ", policies...)))
	}
	return msg.List(", ", parts...)
}

// By names the permissions that allowed the call, such as "permission desk (view; policy p holds)"; empty where none did.
func (v *View) By() msg.Message {
	var parts []msg.Message
	for _, d := range v.allowed() {
		if m := grants(d.deciding(true)); !m.Empty() {
			parts = append(parts, m)
		}
	}
	return msg.List(", ", parts...)
}

// Names returns the names of objects, as a list in a sentence.
func Names(objects []keycloak.PermittedObject) msg.Message {
	var names []string
	for _, o := range objects {
		names = append(names, o.Name)
	}
	return texts.Commas(names)
}

// Below returns the part of an admin API path below its realm; false for one without.
func Below(path, realm string) (string, bool) {
	prefix := "/admin/realms/" + url.PathEscape(realm)
	if len(path) <= len(prefix) || path[:len(prefix)] != prefix {
		return "", false
	}
	return path[len(prefix):], true
}
