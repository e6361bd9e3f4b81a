package keycloak

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"

	"github.com/Nerzal/gocloak/v13"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// AdminPermissions is the client whose resource server has the fine-grained admin permissions of a realm (of the second kind, 26.2 and
// later). It is there from the first time that they are switched on.
const AdminPermissions = "admin-permissions"

// PermissionServer is what the admin permissions of a realm are about: the scopes that each type of object has.
type PermissionServer struct {
	Client string              // uuid of the client [AdminPermissions]
	Scopes map[string][]string // by type: Users, Groups, Clients, Roles, and where the server has them Organizations
}

// PermissionQuestion asks whether an account may do something with an object, for each scope.
type PermissionQuestion struct {
	Account string // id of the user
	Type    string
	Object  string // id of the object; empty for all of the type
	Scopes  []string
}

// PermissionAnswer is what the server's own evaluation says.
type PermissionAnswer struct {
	Allowed []string             // of the scopes that were asked for; never nil
	Grants  []DecidingPermission // that are about the object, in the order of the answer
}

// DecidingPermission is a permission that is about the object, and whether it holds for the account.
type DecidingPermission struct {
	Name     string
	Type     string // of what it is about: that of the object, or Groups for a member of one
	Scopes   []string
	Objects  []string // ids, or the name of the type
	Holds    bool
	Policies []DecidingPolicy
}

// DecidingPolicy is a policy of a permission, and whether it holds for the account.
type DecidingPolicy struct {
	Name  string
	Kind  string
	Holds bool
}

// PermittedObject is an object that a permission names.
type PermittedObject struct {
	ID   string
	Name string // as the server shows it; the id where it does not
}

// ReadPermissionServer reads what the admin permissions of a realm are about.
func (a *Admin) ReadPermissionServer(ctx context.Context, realm string) (*PermissionServer, error) {
	client, err := a.FindClient(ctx, realm, AdminPermissions)
	if err != nil {
		return nil, err
	}
	var types []struct {
		Name   string                  `json:"name"`
		Type   string                  `json:"type"`
		Scopes []struct{ Name string } `json:"scopes"`
	}
	if err := a.read(ctx, msg.New("read what admin permissions are about"), realm, a.permissionPath(client.ID, "/resource?deep=true&max=1000"), &types); err != nil {
		return nil, err
	}
	s := &PermissionServer{Client: client.ID, Scopes: map[string][]string{}}
	for _, t := range types {
		if t.Name != t.Type { // a single object
			continue
		}
		for _, scope := range t.Scopes {
			s.Scopes[t.Name] = append(s.Scopes[t.Name], scope.Name)
		}
		slices.Sort(s.Scopes[t.Name])
	}
	return s, nil
}

func (*Admin) permissionPath(client, rest string) string {
	return "/clients/" + url.PathEscape(client) + "/authz/resource-server" + rest
}

// EvaluatePermission has the server evaluate what an account may do with an object. The request is a POST that changes nothing.
func (a *Admin) EvaluatePermission(ctx context.Context, realm string, s *PermissionServer, q PermissionQuestion) (*PermissionAnswer, error) {
	purpose := msg.New("have the admin permissions evaluated for the account")
	type named struct {
		Name string `json:"name"`
	}
	scopes := []named{}
	for _, name := range q.Scopes {
		scopes = append(scopes, named{name})
	}
	object := q.Object
	if object == "" {
		object = q.Type
	}
	body := map[string]any{
		"userId": q.Account, "roleIds": []string{}, "entitlements": false, "resourceType": q.Type, "context": map[string]any{"attributes": map[string]any{}},
		"resources": []any{map[string]any{"name": object, "type": q.Type, "scopes": scopes}},
	}
	r, err := pathSegment("realm name", realm)
	if err != nil {
		return nil, err
	}
	got, err := a.gocloak(ctx, call{purpose: purpose, realm: realm}, func(ctx context.Context, api *gocloak.GoCloak, token string) error {
		_, err := api.GetRequestWithBearerAuth(ctx, token).SetHeader("Accept", "application/json").SetBody(body).
			Execute(http.MethodPost, a.server.url+"/admin/realms/"+r+a.permissionPath(s.Client, "/policy/evaluate"))
		return err
	})
	if err != nil {
		return nil, err
	}
	return readEvaluation(purpose, got.Body)
}

// evaluation is the part of the answer that is read.
type evaluation struct {
	Status  string `json:"status"`
	Results []struct {
		Allowed  []struct{ Name string } `json:"allowedScopes"`
		Policies []struct {
			evaluated
			Scopes     []string    `json:"scopes"`
			Type       string      `json:"resourceType"`
			Associated []evaluated `json:"associatedPolicies"`
		} `json:"policies"`
	} `json:"results"`
}

type evaluated struct {
	Status string `json:"status"`
	Policy struct {
		Name      string   `json:"name"`
		Type      string   `json:"type"`
		Resources []string `json:"resources"`
		Scopes    []string `json:"scopes"`
	} `json:"policy"`
}

func readEvaluation(purpose msg.Message, text []byte) (*PermissionAnswer, error) {
	var e evaluation
	if err := json.Unmarshal(text, &e); err != nil {
		return nil, unlikeKeycloak(purpose, err)
	}
	if e.Status != permit && e.Status != "DENY" {
		return nil, unlikeKeycloak(purpose, nil)
	}
	a := &PermissionAnswer{Allowed: []string{}}
	for _, r := range e.Results {
		for _, s := range r.Allowed {
			a.Allowed = append(a.Allowed, s.Name)
		}
		for _, p := range r.Policies {
			d := DecidingPermission{Name: p.Policy.Name, Type: p.Type, Scopes: p.Policy.Scopes, Objects: p.Policy.Resources, Holds: p.Status == permit}
			slices.Sort(d.Scopes)
			for _, po := range p.Associated {
				d.Policies = append(d.Policies, DecidingPolicy{Name: po.Policy.Name, Kind: po.Policy.Type, Holds: po.Status == permit})
			}
			a.Grants = append(a.Grants, d)
		}
	}
	sort.SliceStable(a.Grants, func(i, j int) bool { return a.Grants[i].Name < a.Grants[j].Name })
	return a, nil
}

const permit = "PERMIT"

// PermittedObjects lists the objects that permissions on a type name, each once and at most limit of them; all reports whether those are all.
func (a *Admin) PermittedObjects(ctx context.Context, realm string, s *PermissionServer, kind string, limit int) (objects []PermittedObject, all bool, _ error) {
	var permissions []struct{ ID string }
	if err := a.read(ctx, msg.New("list the admin permissions"), realm, a.permissionPath(s.Client, "/permission?max=100&resourceType="+url.QueryEscape(kind)), &permissions); err != nil {
		return nil, false, err
	}
	if permissions == nil { // a list that is none
		return nil, false, unlikeKeycloak(msg.New("list the admin permissions"), nil)
	}
	seen := map[string]bool{}
	for i, p := range permissions {
		if !a.server.identifies(p.ID) {
			return nil, false, unlikeKeycloak(msg.New("list the admin permissions"), nil)
		}
		if i >= limit {
			return objects, false, nil
		}
		var of []struct{ Name, DisplayName string }
		if err := a.read(ctx, msg.New("read what an admin permission is about"), realm, a.permissionPath(s.Client, "/permission/scope/"+url.PathEscape(p.ID)+"/resources"), &of); err != nil {
			return nil, false, err
		}
		for _, o := range of {
			if o.Name == kind || seen[o.Name] {
				continue
			}
			if len(objects) == limit {
				return objects, false, nil
			}
			seen[o.Name] = true
			object := PermittedObject{ID: o.Name, Name: o.DisplayName}
			if object.Name == "" {
				object.Name = o.Name
			}
			objects = append(objects, object)
		}
	}
	return objects, len(permissions) < 100, nil
}

// GroupByPath returns the id of a group, by its path such as /staff. It looks through lists: to ask for a group by its path changes what Keycloak
// answers to others for a while, since it then has the group in its cache, and finds it for callers who may not view it (measured on 26.6.4 and
// 26.7.4).
func (a *Admin) GroupByPath(ctx context.Context, realm, path string) (string, error) {
	at, id := "/groups", ""
	for name := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		var groups []struct{ ID, Name string }
		purpose := msg.New("find the group")
		if err := a.read(ctx, purpose, realm, at+"?exact=true&briefRepresentation=true&max=1000&search="+url.QueryEscape(name), &groups); err != nil {
			return "", err
		}
		if groups == nil { // a list that is none
			return "", unlikeKeycloak(purpose, nil)
		}
		i := slices.IndexFunc(groups, func(g struct{ ID, Name string }) bool { return g.Name == name })
		if i < 0 {
			return "", notThere(msg.New("The realm %s has no group %s.", realm, path))
		}
		if id = groups[i].ID; !a.server.identifies(id) {
			return "", unlikeKeycloak(purpose, nil)
		}
		at = "/groups/" + url.PathEscape(id) + "/children"
	}
	return id, nil
}

func notThere(m msg.Message) error { return &failure.Error{Kind: failure.NotFound, Message: m} }

// FirstPermissions reports whether the admin permissions of the first kind are switched on for the users of a realm. They are another thing than
// those of [Admin.EvaluatePermission].
func (a *Admin) FirstPermissions(ctx context.Context, realm string) (bool, error) {
	var users struct{ Enabled bool }
	err := a.read(ctx, msg.New("see whether admin permissions of the first kind are switched on"), realm, "/users-management-permissions", &users)
	var refused *failure.Error
	if errors.As(err, &refused) && (refused.Status == http.StatusNotImplemented || refused.Status == http.StatusNotFound) {
		return false, nil
	}
	return users.Enabled, err
}
