package exam

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/doctor/answer"
	"fix403/flows/roles/weigh"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
	"fix403/keycloak/version"
)

// CreatesRealm reports whether the call creates a realm, which takes a realm role of master and none of realm-management.
func (x *Examination) CreatesRealm() bool {
	return x.Method == http.MethodPost && strings.TrimSuffix(answer.PathOnly(x.Path), "/") == "/admin/realms"
}

// request is the call as it is weighed.
func (x *Examination) request() weigh.Request {
	r := weigh.Request{Method: x.Method, Path: x.Path, Body: x.Options.Body.Reveal(), BodyKnown: x.Options.BodyKnown, ContentType: x.Options.ContentType, Seen: x.looked}
	if e, err := x.Matrix.Match(x.Call()); err == nil {
		r.Template = e.Path
	}
	r.MasterAdmin = x.Home() == "master" && slices.Contains(x.HeldRealmRoles(), "admin")
	return r
}

// HeldRealmRoles returns the realm roles that the caller is known to have: as the admin sees them, or by the token.
func (x *Examination) HeldRealmRoles() []string {
	switch {
	case x.RealmRoles != nil:
		return x.RealmRoles
	case x.Token != nil:
		return x.Token.RealmRoles
	}
	return nil
}

// RefusedForm returns why the server takes the request from nobody, whatever the roles, and its answer then; empty for none.
func (x *Examination) RefusedForm() (why msg.Message, status int) {
	w := weigh.Weigh(x.VersionOrUnknown(), x.request())
	return w.Refused, w.Status
}

// weigh finds out what the call takes by its body, its query and its object, and notes what could not be weighed.
func (x *Examination) weigh() {
	if x.Reads() {
		return
	}
	r := x.request()
	x.Weighed = weigh.Weigh(x.VersionOrUnknown(), r)
	if !r.BodyKnown && (weigh.Matters(r.Method, r.Template) || len(x.Weighed.Unknown) > 0) {
		for _, c := range x.Matrix.Conditions(x.VersionOrUnknown(), x.Diagnosis.Answer.Endpoint) {
			x.Unseen("The call's object, which also matters: %s", c)
		}
	}
	for _, m := range x.Weighed.Unknown {
		x.quoteUnseen(m)
	}
	for _, d := range x.Weighed.Demands {
		x.quoteUnseen(d.Inferred)
		if d.How != version.Measured {
			x.Unseen("Whether this also matters on this version: %s (measured on neighbouring versions).", d.Why)
		}
	}
	if !x.Sends() && !r.BodyKnown {
		x.Unseen("What the call sends: its body is unknown, and its contents may matter as well. A pasted command includes it.")
	}
}

// Unmet returns what the call takes by its body, its query and its object, and roles do not give.
func (x *Examination) Unmet(held []string) []weigh.Demand {
	return sift.Out(x.Weighed.Demands, func(d weigh.Demand) bool { return d.Met(held) })
}

// LookAtCall reads what the call names, as the admin sees it: its client, the roles in its body, what its user holds. It comes before
// [Examination.AskMatrix].
func (x *Examination) LookAtCall(ctx context.Context) error {
	if x.Reads() {
		return nil
	}
	if x.Admin != nil && x.Home() == "master" && x.View.Account != nil {
		if err := x.lookAtRealmRoles(ctx); err != nil {
			return err
		}
	}
	if x.PathRealm == "" {
		return nil
	}
	segments := strings.Split(strings.Trim(answer.PathOnly(x.Path), "/"), "/")
	below := func(name string) string {
		if i := slices.Index(segments, name); i >= 0 && i+1 < len(segments) {
			return segments[i+1]
		}
		return ""
	}
	if uuid := below("clients"); uuid != "" {
		var client struct{ ClientID string }
		if err := x.lookUp(ctx, msg.New("which client is this?"), "/clients/"+uuid, &client); err != nil {
			return err
		}
		x.looked.Client = client.ClientID
	}
	if strings.HasSuffix(answer.PathOnly(x.Path), "/composites") {
		if err := x.lookAtBody(ctx); err != nil {
			return err
		}
	}
	emptied := x.Method == http.MethodDelete && x.looked.Client == keycloak.RealmManagement && x.Options.Body.Empty()
	if user := below("users"); user != "" && (slices.Contains(segments, "impersonation") || emptied) {
		return x.lookAtUser(ctx, user)
	}
	return nil
}

func (x *Examination) lookUp(ctx context.Context, purpose msg.Message, path string, into any) error {
	if x.Admin == nil { // the caller may see it
		reply, err := x.Server.Send(ctx, keycloak.Request{Purpose: purpose, Method: http.MethodGet, Path: "/admin/realms/" + url.PathEscape(x.PathRealm) + path, Authorization: x.Authorization})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && reply.Exchange.Status == http.StatusOK {
			_ = json.Unmarshal(reply.Body, into)
		}
		return nil
	}
	text, _, err := x.Admin.Send(ctx, purpose, http.MethodGet, x.PathRealm, path, nil)
	if err != nil {
		return x.NoteForbidden(err, "The object of the call")
	}
	_ = json.Unmarshal(text, into) // what is no such object names nothing
	return nil
}

// lookAtRealmRoles reads the realm roles of an account of master.
func (x *Examination) lookAtRealmRoles(ctx context.Context) error {
	if x.RealmRoles != nil {
		return nil
	}
	held, err := x.Admin.OtherRoles(ctx, x.Home(), x.View.Account.ID, x.Container())
	if err != nil {
		return x.NoteForbidden(err, "Which realm roles the account holds")
	}
	x.RealmRoles = []string{}
	for _, r := range held {
		if r.Client == "" {
			x.RealmRoles = append(x.RealmRoles, r.Role)
		}
	}
	return nil
}

// lookAtBody reads whose the roles in the body are.
func (x *Examination) lookAtBody(ctx context.Context) error {
	var named []struct{ ID string }
	if json.Unmarshal([]byte(x.Options.Body.Reveal()), &named) != nil {
		return nil //nolint:nilerr // another body names no roles
	}
	const most = 20
	for _, r := range named[:min(len(named), most)] {
		var role struct {
			Name, ContainerID string
			ClientRole        bool
		}
		if err := x.lookUp(ctx, msg.New("which role is this?"), "/roles-by-id/"+url.PathEscape(r.ID), &role); err != nil {
			return err
		}
		if role.Name == "" {
			continue
		}
		var client struct{ ClientID string }
		if role.ClientRole {
			if err := x.lookUp(ctx, msg.New("whose role is it?"), "/clients/"+url.PathEscape(role.ContainerID), &client); err != nil {
				return err
			}
		}
		if x.looked.Roles == nil {
			x.looked.Roles = map[string]weigh.NamedRole{}
		}
		x.looked.Roles[r.ID] = weigh.NamedRole{Name: role.Name, Client: client.ClientID}
	}
	return nil
}

// lookAtUser reads which roles of realm-management the user in the path holds.
func (x *Examination) lookAtUser(ctx context.Context, user string) error {
	var clients []struct{ ID, ClientID string }
	if err := x.lookUp(ctx, msg.New("which client has the admin roles?"), "/clients?clientId="+keycloak.RealmManagement, &clients); err != nil || len(clients) != 1 {
		return err
	}
	var held []struct{ Name string }
	if err := x.lookUp(ctx, msg.New("which admin roles does the user in the path hold?"), "/users/"+user+"/role-mappings/clients/"+url.PathEscape(clients[0].ID)+"/composite", &held); err != nil {
		return err
	}
	var who struct {
		Username string
		Enabled  *bool
	}
	if err := x.lookUp(ctx, msg.New("who is the user in the path?"), "/users/"+user, &who); err != nil {
		return err
	}
	x.looked.Disabled = who.Enabled != nil && !*who.Enabled
	x.looked.ServiceAccount = strings.HasPrefix(who.Username, "service-account-")
	x.looked.HeldSeen = held != nil
	for _, r := range held {
		x.looked.Held = append(x.looked.Held, r.Name)
	}
	return nil
}
