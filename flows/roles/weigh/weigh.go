// Package weigh tells what a call takes besides what its method and path do: by its body, its query, and the object that it is about.
// The matrix of package roles was measured with one body for each call; here is what others change.
package weigh

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/version"
)

// The clients and roles that rules are about.
const (
	realmManagement = "realm-management"
	realmAdmin      = "realm-admin"
)

// Request is a call as a person makes it.
type Request struct {
	Method      string
	Template    string // the path as in the matrix, /admin/realms/{realm}/users/{user-id}
	Path        string // as it is sent, with its query
	Body        string
	BodyKnown   bool // the body is the person's; else nothing is known of it
	ContentType string
	// MasterAdmin reports that the caller has the realm role admin of the realm master: nothing of what is weighed here keeps it off.
	MasterAdmin bool
	Seen        Seen
}

// Seen is what an admin sees of the objects that a call names; what is nil or empty was not seen.
type Seen struct {
	Client string               // client id of the client in the path
	Roles  map[string]NamedRole // by id, of the roles in the body
	// Held are the roles of realm-management that the user in the path holds, and HeldSeen reports whether they were seen.
	Held     []string
	HeldSeen bool
	// Disabled and ServiceAccount are what the user in the path is.
	Disabled, ServiceAccount bool
}

// NamedRole is a role, and the client id of the client that it belongs to; "" for a role of the realm.
type NamedRole struct{ Name, Client string }

// Demand is what a call takes besides the roles for its method and path.
type Demand struct {
	Sets [][]string  // each is enough; none: no role of the realm is
	Why  msg.Message // as in "the body assigns realm-admin"
	// Inferred says what was not seen, so that the demand is a conclusion; empty for none.
	Inferred msg.Message
	How      version.How // how well it is known of the version that was asked for
}

// Met reports whether roles meet a demand. Roles within composites are to be listed, too.
func (d Demand) Met(held []string) bool {
	return slices.ContainsFunc(d.Sets, func(set []string) bool {
		return !slices.ContainsFunc(set, func(r string) bool { return !slices.Contains(held, r) })
	})
}

// Weighed is what the body, the query and the object of a call add.
type Weighed struct {
	Demands []Demand
	// Refused says why the server takes the request from nobody, whatever the roles; Status is its answer then.
	Refused msg.Message
	Status  int
	Unknown []msg.Message // what would decide as well, and is not known

	open, openToAll []msg.Message // see [Weighed.OpenTo]; openToAll are those of open that realm-admin does not settle either
}

// OpenTo returns those of Unknown without which it cannot be said whether the call passes with roles that meet all demands.
func (w Weighed) OpenTo(held []string) []msg.Message {
	if slices.Contains(held, realmAdmin) {
		return w.openToAll
	}
	return w.open
}

// rule is what a kind of call takes by more than its path.
type rule struct {
	on     []string // as "POST /users/{user-id}/impersonation", below the realm; * at the end for any rest
	method string   // "" is that of on
	weigh  func(w *weighing)
}

// weighing is one request while it is weighed.
type weighing struct {
	Request
	on version.Version
	Weighed
}

// Weigh tells what a request takes on a version, besides the roles for its method and path.
func Weigh(on string, r Request) Weighed {
	w := &weighing{Request: r, on: version.Of(on)}
	if w.takesBody() {
		w.form()
	}
	if w.MasterAdmin {
		return w.Weighed
	}
	for _, rule := range rules {
		if slices.ContainsFunc(rule.on, w.matches) {
			rule.weigh(w)
		}
	}
	return w.Weighed
}

// Matters reports whether the body of a call is one by which roles are decided.
func Matters(method, template string) bool {
	w := &weighing{Request: Request{Method: method, Template: template}}
	return slices.ContainsFunc(rules, func(r rule) bool { return r.method == inBody && slices.ContainsFunc(r.on, w.matches) })
}

// inBody marks the rules that read the body.
const inBody = "body"

func (w *weighing) matches(on string) bool {
	method, path, _ := strings.Cut(on, " ")
	if method != w.Method && (method != "*" || w.reads()) {
		return false
	}
	below, inRealm := strings.CutPrefix(w.Template, "/admin/realms/{realm}")
	if begin, open := strings.CutSuffix(path, "*"); open {
		return inRealm && strings.HasPrefix(below, begin)
	}
	return inRealm && path == below
}

func (w *weighing) reads() bool { return w.Method == http.MethodGet || w.Method == http.MethodHead }

// demand adds that any one of some sets of roles is needed; a set is written with its roles separated by "+".
func (w *weighing) demand(how version.How, inferred, why msg.Message, sets ...string) {
	d := Demand{Why: why, Inferred: inferred, How: how}
	for _, s := range sets {
		d.Sets = append(d.Sets, strings.Split(s, "+"))
	}
	if !slices.ContainsFunc(w.Demands, func(o Demand) bool { return o.Why.String() == why.String() }) {
		w.Demands = append(w.Demands, d)
	}
}

func (w *weighing) unknown(format texts.Text, values ...any) {
	w.Unknown = append(w.Unknown, msg.New(format, values...))
}

// unsettled is for what is unknown and settles the matter.
func (w *weighing) unsettled(format texts.Text, values ...any) {
	w.unknown(format, values...)
	w.open = append(w.open, msg.New(format, values...))
}

// unsettledForAll is for what is unknown and settles the matter, whatever roles of the realm are held.
func (w *weighing) unsettledForAll(format texts.Text, values ...any) {
	w.unsettled(format, values...)
	w.openToAll = append(w.openToAll, msg.New(format, values...))
}

// segment returns the name that stands in the path for a parameter of the template, such as {user-id}.
func (w *weighing) segment(parameter string) string {
	i := slices.Index(strings.Split(w.Template, "/"), "{"+parameter+"}")
	path, _, _ := strings.Cut(w.Path, "?")
	segments := strings.Split(path, "/")
	if i < 0 || i >= len(segments) {
		return ""
	}
	name, err := url.PathUnescape(segments[i])
	if err != nil {
		return segments[i]
	}
	return name
}

// switchedOn reports whether a parameter of the query is true, as the server reads it.
func (w *weighing) switchedOn(parameter string) bool {
	_, query, _ := strings.Cut(w.Path, "?")
	values, _ := url.ParseQuery(query)
	return strings.EqualFold(values.Get(parameter), "true")
}

// decode reads the body; false where it is not known, or another thing.
func (w *weighing) decode(into any) bool {
	return w.BodyKnown && w.Body != "" && json.Unmarshal([]byte(w.Body), into) == nil
}

// withoutBody are the beginnings of calls that take no body, or none in JSON: measured, they look at roles whatever is sent.
var withoutBody = []string{
	"* /partial-export", "POST /users/{user-id}/logout", "PUT /users/{user-id}/groups/{group-id}", "POST /users/{user-id}/impersonation", "DELETE *",
	"POST /localization*", "PUT /localization*", "POST /identity-provider/import-config", "POST /clients/{client-uuid}/certificates*", "POST /client-description-converter",
	"POST /clients/{client-uuid}/client-secret", "POST /clients/{client-uuid}/registration-access-token", "POST /logout-all", "POST /push-revocation",
}

// withBody are the calls on which it was measured that the server looks at the form of the body before it looks at roles.
var withBody = []string{
	"POST /users", "PUT /users/{user-id}", "POST /clients", "POST /groups", "POST /roles", "POST /users/{user-id}/role-mappings/realm", "POST /users/{user-id}/role-mappings/clients/{client-id}",
	"PUT /users/{user-id}/reset-password", "PUT ", "POST /components", "POST /identity-provider/instances", "POST /client-scopes",
}

// takesBody reports whether it was measured how the server takes the form of the call's body.
func (w *weighing) takesBody() bool {
	return w.BodyKnown && !w.reads() && (slices.ContainsFunc(withBody, w.matches) || w.createsRealm()) && !slices.ContainsFunc(withoutBody, w.matches)
}

func (w *weighing) createsRealm() bool {
	return w.Method == http.MethodPost && w.Template == "/admin/realms"
}

// form looks at the form of the body: the server refuses it before it looks at roles (measured on 24.0.5 and 26.7.4).
func (w *weighing) form() {
	if w.Body == "" {
		return
	}
	kind, _, err := mime.ParseMediaType(w.ContentType)
	switch {
	case w.ContentType != "" && err == nil && kind != "application/json" && !strings.HasSuffix(kind, "+json"):
		w.Status = http.StatusUnsupportedMediaType
		w.Refused = msg.New("The body is sent as %s, but this endpoint accepts only JSON: send the header Content-Type: application/json (curl sends %s for -d without this header).", kind, "application/x-www-form-urlencoded")
	case !json.Valid([]byte(w.Body)) && !w.createsRealm(): // a realm's body is looked at after the roles
		w.Status = http.StatusBadRequest
		w.Refused = msg.New("The body is not JSON, and the server reads it before it looks at roles: correct the body.")
	}
}
