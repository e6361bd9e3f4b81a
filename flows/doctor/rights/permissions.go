package rights

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"fix403/flows/doctor/advice"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/permission"
	"fix403/flows/gate"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
)

// lookAtPermissions has the server evaluate what admin permissions allow of the call; nil where they are off, do not concern such a call,
// or cannot be seen. Permissions of a realm are for accounts of that realm.
func lookAtPermissions(ctx context.Context, x *exam.Examination) (*permission.View, error) {
	see := &x.View
	if x.Admin == nil || see.Realm == nil || !see.Realm.FineGrained || see.Account == nil || x.Home() != x.PathRealm {
		return nil, nil
	}
	below, found := permission.Below(x.Path, x.PathRealm)
	if !found {
		return nil, nil
	}
	needs, known := permission.Of(x.Method, below, bodyOf(x))
	if !known {
		return nil, nil
	}
	v, err := permission.Look(ctx, permission.By{Admin: x.Admin, Realm: x.PathRealm, Account: see.Account.ID}, needs)
	if err == nil && needs.List != "" {
		err = v.LookAtShown(ctx)
	}
	if err != nil {
		return nil, x.NoteForbidden(err, "What the admin permissions of the realm allow")
	}
	seeWhole(x, needs)
	x.Observed(exam.AtServer, "Admin permissions (fine-grained) are on in the realm %s.", x.Home())
	for _, says := range v.Says() {
		x.Quoted(exam.AtServer, says)
	}
	if len(v.Shown) > 0 {
		x.Observed(exam.AtServer, "The permissions that name single objects let the account see: %s.", permission.Names(v.Shown))
	}
	if needs.Body {
		x.Unseen("What the call's body names, which also matters: permissions are checked for each role or group in it.")
	}
	return v, nil
}

// orPermission says that a permission could be the smaller way, where nobody sees whether the realm has any.
func orPermission(x *exam.Examination) {
	below, found := permission.Below(x.Path, x.PathRealm)
	needs, known := permission.Of(x.Method, below, bodyOf(x))
	if !found || !known || x.Admin != nil || x.Home() != x.PathRealm || permission.OnlyFirstKind(x.Version) {
		return
	}
	if needs.Query != "" {
		x.Also(msg.New("If the realm has admin permissions (fine-grained) for this account, %s is enough, and the list shows what they allow. An admin's login would show which applies.", needs.Query))
	} else {
		x.Also(msg.New("If the realm has admin permissions (fine-grained), one for this account and this object is the smaller way. An admin's login would show which applies."))
	}
	x.Unseen("Whether the realm has admin permissions (fine-grained), and what they allow this account: an admin can see that.")
}

// wholeBy are the roles that show all objects of a type.
var wholeBy = map[string]string{permission.Users: "view-users", permission.Groups: "view-users", permission.Clients: "view-clients", permission.Organizations: "view-organizations"}

// seeWhole corrects which role shows the whole of a list or number: the matrix was measured without admin permissions, with which a query- role
// shows nothing by itself (measured on 26.2.5 to 26.7.4).
func seeWhole(x *exam.Examination, needs permission.Needs) {
	if needs.Query != "" && slices.Equal(x.Diagnosis.SmallestRoles, []string{needs.Query}) {
		x.Diagnosis.SmallestRoles, x.Diagnosis.Equal = []string{wholeBy[needs.List]}, nil
	}
}

// permitted reports whether permissions let the account at the object of the call on this server: on some versions they open lists to
// service accounts, and no objects.
func permitted(x *exam.Examination, v *permission.View) bool {
	if v == nil || !v.Allowed() || v.Needs.Body {
		return false
	}
	if !x.ByServiceAccount() {
		return true
	}
	opens, certain := permission.OpensForServiceAccounts(x.Version)
	if !certain {
		x.Unseen("Whether a permission lets a service account access the object on this version: on %s it does not (measured).", permission.ClosedOn())
	}
	return opens
}

// permissionRefused explains a refused call of an account that has none of the roles for it, in a realm with admin permissions; false where
// permissions have nothing to do with it.
func permissionRefused(x *exam.Examination, v *permission.View, needs msg.Message, stop exam.Stopper) bool {
	who := x.View.Account.Username
	switch {
	case v.Needs.Query != "" && len(v.Shown) > 0 && !v.Allowed():
		x.Diagnosis.SmallestRoles, x.Diagnosis.Equal, x.Diagnosis.Lesser = []string{v.Needs.Query}, nil, nil
		stop(RoleMissing, exam.AllSeen, "Permissions let the account %s see %s, but the list itself requires the role %s of %s: grant it that role. The list then shows only what the permissions allow; a role for all of them would show everything.", who, permission.Names(v.Shown), v.Needs.Query, x.Container())
	case v.Allowed() && !v.Needs.Body && x.ByServiceAccount() && !opens(x):
		stop(FineGrained, exam.But("Why the server refuses what its evaluation allows: it gives no reason; this one is inferred from measurements."), "By the server's own evaluation a permission allows this call (%s), yet the server refuses it: on some versions (measured: %s) permissions do not give a service account access to single objects. What works there is a role for all objects: %s.", v.By(), permission.ClosedOn(), needs)
	case v.Allowed() && !v.Needs.Body:
		stop(FineGrained, exam.Or("What else matters here: the evaluation and the call differ."), "By the server's own evaluation a permission allows this call (%s), yet the server refuses it. A role for all objects is sure to work: %s.", v.By(), needs)
	case x.ByServiceAccount() && !opens(x): // a permission would open nothing
		return false
	case v.Needs.Query != "" || len(v.Sets) == 0 || !v.Concerned() && !slices.ContainsFunc(x.View.Effective, func(r string) bool { return strings.HasPrefix(r, "query-") }):
		return false
	case !v.Barring().Empty():
		stop(FineGrained, exam.AllSeen, "Permissions decide here, and none allows the account %s %s: add the account to the policy of %s (a second permission with the same scope would not help, since each of them must hold), or, for all objects, grant it %s.", who, permission.Asks(v.Missing()), v.Barring(), needs)
	default:
		x.Clue.Permit = permits(v)
		stop(FineGrained, exam.AllSeen, "Permissions decide here, and what they allow the account %s is not enough: %s is missing. Add it with a permission whose policy is for the account, or, for all objects, grant it %s.", who, permission.Asks(v.Missing()), needs)
	}
	return true
}

func opens(x *exam.Examination) bool {
	open, _ := permission.OpensForServiceAccounts(x.Version)
	return open
}

// permits returns what a permission of the account would have to have.
func permits(v *permission.View) []advice.Permit {
	var list []advice.Permit
	for _, d := range v.Missing() {
		if !d.Addable() {
			return nil
		}
		i := slices.IndexFunc(list, func(p advice.Permit) bool { return p.Type == d.Type && p.Object == d.Object })
		if i < 0 {
			list, i = append(list, advice.Permit{Type: d.Type, Object: d.Object, What: d.What()}), len(list)
		}
		list[i].Scopes = append(list[i].Scopes, d.Scope)
	}
	return list
}

// offerPermission says, beside a role for all objects, which permission is smaller.
func offerPermission(x *exam.Examination, v *permission.View) {
	if v != nil && v.Needs.Query != "" && (x.Diagnosis.Verdict == FilteredList || x.Diagnosis.Verdict == RoleMissing && !slices.Equal(x.Diagnosis.SmallestRoles, []string{v.Needs.Query})) {
		if held, _ := x.Held(); slices.Contains(held, v.Needs.Query) {
			x.Also(msg.New("Smaller than a role for all objects: a permission with view, whose policy is for the account, on each object that it should see."))
			return
		}
		x.Also(msg.New("Smaller than a role for all objects: %s, and a permission with view, whose policy is for the account, on each object that it should see.", v.Needs.Query))
		return
	}
	if v == nil || v.Needs.Body || x.Diagnosis.Verdict != RoleMissing || slices.Equal(x.Diagnosis.SmallestRoles, []string{v.Needs.Query}) {
		return
	}
	if len(permits(v)) == 0 || x.ByServiceAccount() && !opens(x) {
		return
	}
	x.Also(msg.New("Smaller than a role for all objects: a permission with %s, whose policy is for the account.", permission.Asks(v.Missing())))
}

// passedByPermissions judges a call that succeeded and that the account's roles do not explain alone; false where permissions have nothing to do
// with it.
func passedByPermissions(ctx context.Context, x *exam.Examination, v *permission.View, admins comparison) (bool, error) {
	held, known := x.Held()
	whole, _ := x.Need().Allows(held)
	if !known || whole && admins.compared && admins.More.Empty() {
		return false, nil
	}
	if v == nil {
		return showsDespiteRoles(x, whole), nil
	}
	switch {
	case admins.More.Empty() && !admins.compared:
		return false, nil
	case v.Needs.List != "":
		return shownByPermissions(ctx, x, v, admins)
	case v.Allowed() && !admins.More.Empty():
		x.Observed(exam.AtServer, "The same call made by the admin shows more: %s.", admins.More)
		x.Stop(gate.Role, FilteredList, exam.AllSeen, "The call succeeds through a permission (%s), but its response omits objects that no permission lets the account see. They require a permission with view on each, or, for all, %s.", v.By(), x.Needs())
		return true, nil
	case v.Allowed():
		okByPermissions(x, exam.AllSeen, "The call works: a permission gives the account access to this object (%s), without a role for all of them.", v.By())
		return true, nil
	}
	return false, nil
}

// showsDespiteRoles is for a list that shows something to an account whose roles show nothing, seen without an admin: something else lets it see
// these objects.
func showsDespiteRoles(x *exam.Examination, whole bool) bool {
	below, _ := permission.Below(x.Path, x.PathRealm)
	needs, known := permission.Of(x.Method, below, nil)
	held, _ := x.Held()
	ids, isList := idsIn(x.Reply.Body)
	if x.Admin != nil || !known || needs.List == "" || !slices.Contains(held, needs.Query) || slices.Contains(held, wholeBy[needs.List]) {
		return false
	}
	if !isList || len(ids) == 0 || whole {
		return false
	}
	okByPermissions(x, exam.But("Which permissions exist, and whether the list has all that they allow: an admin can see that."), "The call works: the role %s alone shows nothing, so permissions on objects let the account see what is shown (%d), and the list is complete for this account.", needs.Query, len(ids))
	return true
}

// shownByPermissions judges a list or a number that succeeded: permissions show just that part of what the admin sees; false where they do not
// explain it.
func shownByPermissions(ctx context.Context, x *exam.Examination, v *permission.View, admins comparison) (bool, error) {
	if len(v.Shown) == 0 && !v.Allowed() {
		return false, nil
	}
	ids, isList := idsIn(x.Reply.Body)
	if !isList {
		return countedByPermissions(x, v), nil
	}
	all, _ := idsIn(admins.body)
	hidden := sift.Out(all, func(id string) bool { return slices.Contains(ids, id) })
	explained, certain, err := v.Explain(ctx, ids, hidden)
	if err != nil || !explained {
		return false, x.NoteForbidden(err, "What the admin permissions of the realm allow")
	}
	c := exam.AllSeen
	if !certain {
		c = exam.But("Whether permissions allow each object of the list: there are too many to check one by one.")
	}
	okByPermissions(x, c, "The call works: its response has just what permissions let the account see, %d of the %d objects that the admin sees, and is complete for this account.", len(ids), len(all))
	return true, nil
}

// countedByPermissions judges a number: it is that of the objects that permissions let the account see.
func countedByPermissions(x *exam.Examination, v *permission.View) bool {
	n, err := strconv.Atoi(string(bytes.TrimSpace(x.Reply.Body)))
	var of struct{ Count int }
	if err != nil {
		if json.Unmarshal(x.Reply.Body, &of) != nil {
			return false
		}
		n = of.Count
	}
	if n == 0 {
		return false
	}
	c := exam.But("Which objects were counted: the response is only a number.")
	if v.AllNamed && n == len(v.Shown) {
		c = exam.AllSeen
	}
	okByPermissions(x, c, "The call works: it counts just the objects that permissions let the account see (%d), which are fewer than exist.", n)
	return true
}

// okByPermissions is for a call that permissions let through; no role is needed beyond those by which it is let in.
func okByPermissions(x *exam.Examination, because exam.Because, format texts.Text, values ...any) {
	x.Stop(gate.None, OK, because, format, values...)
	held, _ := x.Held()
	x.Diagnosis.SmallestRoles, x.Diagnosis.Equal = []string{}, nil
	if v := x.NeededOf(held); !slices.ContainsFunc(v, func(r string) bool { return !slices.Contains(held, r) }) {
		x.Diagnosis.SmallestRoles = v
	}
}

// idsIn returns the ids of the objects in a list; false for an answer that is none.
func idsIn(body []byte) ([]string, bool) {
	var list []struct{ ID string }
	if json.Unmarshal(body, &list) != nil {
		return nil, false
	}
	ids := []string{}
	for _, o := range list {
		ids = append(ids, o.ID)
	}
	return ids, true
}

// predictedByPermissions lets a call that is not sent pass where permissions allow it. Without an admin, what the server says beside an object (in
// its field access) tells.
func predictedByPermissions(ctx context.Context, x *exam.Examination) error {
	v, err := lookAtPermissions(ctx, x)
	if err != nil {
		return err
	}
	if permitted(x, v) {
		x.Clue.Permitted = msg.New("permissions give the account access to the object (%s)", v.By())
		return nil
	}
	if v != nil {
		return nil
	}
	return byAccess(ctx, x)
}

// accessOf are the fields of access by the scopes.
var accessOf = map[string]string{
	"view": "view", "manage": "manage", "map-roles": "mapRoles", "manage-group-membership": "manageGroupMembership", "impersonate": "impersonate",
	"reset-password": "resetPassword", "view-members": "viewMembers", "manage-members": "manageMembers", "manage-membership": "manageMembership",
}

func byAccess(ctx context.Context, x *exam.Examination) error {
	below, found := permission.Below(x.Path, x.PathRealm)
	needs, known := permission.Of(x.Method, below, bodyOf(x))
	if !found || !known || needs.Body {
		return nil
	}
	for _, set := range needs.Any {
		all := len(set) > 0
		for _, ask := range set {
			says, err := accessAt(ctx, x, ask)
			if err != nil {
				return err
			}
			if all = all && says; !all {
				break
			}
		}
		if all {
			x.Clue.Permitted = msg.New("the server itself reports with the object that the account may do this")
			return nil
		}
	}
	return nil
}

// accessAt reports whether the server says beside an object that the caller may do something with it.
func accessAt(ctx context.Context, x *exam.Examination, ask permission.Ask) (bool, error) {
	in := map[string]string{permission.Users: "/users/", permission.Groups: "/groups/", permission.Clients: "/clients/"}[ask.Type]
	if in == "" || ask.Object == "" || accessOf[ask.Scope] == "" {
		return false, nil
	}
	reply, err := x.Server.Send(ctx, keycloak.Request{Purpose: msg.New("what may the caller do with the object? (instead of the call, which is not sent)"), Method: http.MethodGet,
		Path: x.RealmPath() + in + url.PathEscape(ask.Object), Authorization: x.Authorization})
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	var object struct{ Access map[string]bool }
	if err != nil || reply.Exchange.Status != http.StatusOK || json.Unmarshal(reply.Body, &object) != nil {
		return false, nil //nolint:nilerr // this was only to learn more
	}
	if object.Access[accessOf[ask.Scope]] {
		x.Observed(exam.OnWire, "GET %s reports the caller's access: %s.", reply.Exchange.URL, accessOf[ask.Scope])
		return true, nil
	}
	return false, nil
}

// bodyOf returns the body of the call, where it is known.
func bodyOf(x *exam.Examination) []byte {
	if !x.Options.BodyKnown {
		return nil
	}
	return []byte(x.Options.Body.Reveal())
}

// permittedUnsent is for a call that is not sent and that permissions allow.
func permittedUnsent(x *exam.Examination, by msg.Message) {
	x.Stop(gate.None, WouldPass, exam.AllSeen, "The call is not sent, since it could change something. It would pass: %s.", by)
	x.Diagnosis.SmallestRoles, x.Diagnosis.Equal = []string{}, nil
	x.Unseen("What the server really answers: --send sends the call.")
}

// noteFirstKind says where admin permissions of the first kind are switched on, which nothing here evaluates.
func noteFirstKind(ctx context.Context, x *exam.Examination) error {
	if x.PathRealm == "" || !x.VersionReported || !permission.OnlyFirstKind(x.Version) {
		return nil
	}
	on, err := x.Admin.FirstPermissions(ctx, x.PathRealm)
	if err != nil {
		return x.NoteForbidden(err, "Whether admin permissions of the first kind are switched on")
	}
	if on {
		x.Unseen("What admin permissions of the first kind (users-management-permissions and its like, feature admin-fine-grained-authz) allow: they are on in this realm, they differ from those of 26.2 and later, and fix403 does not evaluate them.")
	}
	return nil
}
