package practice

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// gate is an endpoint with the single roles that open it, and the status they
// get. Every other role gets 403 (or what closed says), no token 401. Measured
// on 24.0.5, 26.4.0 and 26.7.3 with every role of realm-management alone.
type gate struct {
	method, path string
	body         any
	status       int
	open         string // roles; realm-admin always
	closed       int    // 0 is 403
	only         string // versions; "" is all
}

const (
	viewIDP    = "view-identity-providers manage-identity-providers"
	manageIDP  = "manage-identity-providers"
	viewRealm  = "view-realm manage-realm"
	viewEvents = "view-events manage-events"
	orgs       = "manage-organizations manage-realm"
	viewOrgs   = "view-organizations " + orgs
	queryOrgs  = "query-organizations " + viewOrgs
	anyAdmin   = "query-users query-clients query-groups query-realms view-users view-clients view-realm view-events view-identity-providers view-authorization manage-users manage-clients manage-realm manage-events manage-identity-providers manage-authorization create-client query-organizations view-organizations manage-organizations"
	clients    = "query-clients view-clients manage-clients"
)

func provider(alias string) map[string]any {
	return map[string]any{"alias": alias, "providerId": "oidc", "enabled": true, "config": map[string]any{"clientId": "x", "clientSecret": "very secret"}}
}

// gates are the rows; {n} becomes a number of its own for each call.
func gates(version string, ids map[string]string) []gate {
	idp := "/identity-provider/instances"
	auth := "/authentication"
	mapper := map[string]any{"name": "m{n}", "identityProviderAlias": "main", "identityProviderMapper": "oidc-user-attribute-idp-mapper"}
	put := 204
	view26 := viewRealm
	if version == "24.0.5" {
		put, view26 = 202, "manage-realm"
	}
	org, dot := "/organizations", "26.4.0"
	fine := "26.7.3"
	rows := []gate{
		{method: "GET", path: idp, status: 200, open: viewIDP},
		{method: "POST", path: idp, body: provider("i{n}"), status: 201, open: manageIDP},
		{method: "GET", path: idp + "/main", status: 200, open: viewIDP},
		{method: "GET", path: idp + "/unknown", status: 404, open: viewIDP},
		{method: "PUT", path: idp + "/main", body: provider("main"), status: 204, open: manageIDP},
		{method: "PUT", path: idp + "/unknown", body: provider("unknown"), status: 404, open: manageIDP},
		{method: "DELETE", path: idp + "/unknown", status: 404, open: manageIDP},
		{method: "PATCH", path: idp + "/main", status: 405, open: viewIDP},
		{method: "GET", path: idp + "/main/nope", status: 404, open: viewIDP},
		{method: "GET", path: "/identity-provider/nope", status: 404, open: anyAdmin, closed: 404},
		{method: "GET", path: idp + "/main/export", status: 204, open: viewIDP},
		{method: "GET", path: idp + "/main/mappers", status: 200, open: viewIDP},
		{method: "POST", path: idp + "/main/mappers", body: mapper, status: 201, open: manageIDP},
		{method: "GET", path: idp + "/main/mappers/unknown", status: 404, open: viewIDP},
		{method: "DELETE", path: idp + "/main/mappers/unknown", status: 404, open: manageIDP},
		{method: "GET", path: "/identity-provider/providers/oidc", status: 200, open: viewIDP},
		{method: "GET", path: "/identity-provider/providers/nope", status: 400, open: viewIDP},
		{method: "GET", path: "/users/{user}/federated-identity", status: 200, open: "view-users manage-users"},
		{method: "POST", path: "/users/{user}/federated-identity/p{n}", body: map[string]any{"userId": "x"}, status: 204, open: "manage-users"},
		{method: "DELETE", path: "/users/{user}/federated-identity/nope", status: 404, open: "manage-users"},

		{method: "GET", path: "/events", status: 200, open: viewEvents},
		{method: "DELETE", path: "/events", status: 204, open: "manage-events"},
		{method: "GET", path: "/admin-events", status: 200, open: viewEvents},
		{method: "DELETE", path: "/admin-events", status: 204, open: "manage-events"},

		{method: "GET", path: "/localization", status: 200, open: anyAdmin},
		{method: "GET", path: "/localization/de", status: 200, open: anyAdmin},
		{method: "GET", path: "/localization/de/nope", status: 404, open: anyAdmin},
		{method: "POST", path: "/localization/de", body: map[string]any{"k": "v"}, status: 204, open: "manage-realm"},
		{method: "PUT", path: "/localization/de/k", status: 204, open: "manage-realm"},
		{method: "DELETE", path: "/localization/de/nope", status: 404, open: "manage-realm"},
		{method: "DELETE", path: "/localization/zz", status: 404, open: "manage-realm"},

		{method: "GET", path: auth + "/flows", status: 200, open: viewRealm + " query-clients view-clients"},
		{method: "GET", path: auth + "/flows/nope", status: 404, open: viewRealm},
		{method: "GET", path: auth + "/flows/browser/executions", status: 200, open: viewRealm},
		{method: "GET", path: auth + "/flows/direct%20grant/executions", status: 200, open: viewRealm},
		{method: "GET", path: auth + "/flows/nope/executions", status: 404, open: viewRealm},
		{method: "POST", path: auth + "/flows/browser/copy", body: map[string]any{"newName": "copy{n}"}, status: 201, open: "manage-realm"},
		{method: "POST", path: auth + "/flows/nope/copy", body: map[string]any{"newName": "x"}, status: 404, open: "manage-realm"},
		{method: "POST", path: auth + "/flows", body: map[string]any{"alias": "f{n}", "providerId": "basic-flow", "topLevel": true}, status: 201, open: "manage-realm"},
		{method: "POST", path: auth + "/flows/mycopy/executions/execution", body: map[string]any{"provider": "auth-cookie"}, status: 201, open: "manage-realm"},
		{method: "PUT", path: auth + "/flows/mycopy/executions", body: map[string]any{"id": ids["execution"], "requirement": "REQUIRED"}, status: put, open: "manage-realm"},
		{method: "PUT", path: auth + "/flows/nope/executions", body: map[string]any{}, status: 404, open: "manage-realm"},
		{method: "GET", path: auth + "/executions/{execution}", status: 200, open: view26},
		{method: "GET", path: auth + "/executions/nope", status: 404, open: view26},
		{method: "DELETE", path: auth + "/executions/nope", status: 404, open: "manage-realm"},
		{method: "DELETE", path: auth + "/flows/nope", status: 404, open: "manage-realm"},
		{method: "GET", path: auth + "/authenticator-providers", status: 200, open: viewRealm},
		{method: "GET", path: auth + "/client-authenticator-providers", status: 200, open: viewRealm + " " + clients},
		{method: "GET", path: auth + "/config-description/nope", status: 404, open: viewRealm},
		{method: "GET", path: auth + "/config/nope", status: 404, open: viewRealm},
		{method: "GET", path: auth + "/required-actions", status: 200, open: viewRealm + " query-users view-users"},
		{method: "GET", path: auth + "/required-actions/VERIFY_EMAIL", status: 200, open: viewRealm},
		{method: "PUT", path: auth + "/required-actions/VERIFY_EMAIL", body: map[string]any{"alias": "VERIFY_EMAIL", "enabled": false}, status: 204, open: "manage-realm"},
		{method: "PUT", path: auth + "/required-actions/nope", body: map[string]any{}, status: 404, open: "manage-realm"},
		{method: "GET", path: auth + "/unregistered-required-actions", status: 200, open: viewRealm},
		{method: "POST", path: auth + "/register-required-action", body: map[string]any{"providerId": "VERIFY_PROFILE"}, status: 409, open: "manage-realm"},

		{method: "POST", path: "/partial-export", status: 200, open: "manage-realm"},
		{method: "GET", path: "/roles-by-id/{role}/composites/realm", status: 200, open: viewRealm},
		{method: "GET", path: "/roles-by-id/{role}/composites/clients/{realm-management}", status: 200, open: viewRealm},
		{method: "DELETE", path: "/users/{user}/consents/nope", status: 404, open: "manage-users"},
		{method: "PUT", path: "/users/{user}/disable-credential-types", body: []string{}, status: 204, open: "manage-users"},
		{method: "GET", path: "/clients/{client}/client-secret/rotated", status: 404, open: "view-clients manage-clients"},
		{method: "POST", path: "/clients/{client}/protocol-mappers/add-models", body: []any{map[string]any{"name": "a{n}", "protocol": "openid-connect"}}, status: 204, open: "manage-clients"},
	}
	if version == "24.0.5" {
		return append(rows, gate{method: "GET", path: org, status: 404, open: anyAdmin, closed: 404})
	}
	own := func(v string, open string) gate { return gate{only: v, open: open} }
	for _, g := range []struct {
		method, path string
		body         any
		status       int
		on           [2]gate // 26.4.0 and 26.7.3
	}{
		{"GET", org, nil, 200, [2]gate{own(dot, "manage-realm"), own(fine, queryOrgs)}},
		{"GET", org + "/count", nil, 200, [2]gate{own(dot, "manage-realm"), own(fine, queryOrgs)}},
		{"POST", org, map[string]any{"name": "o{n}"}, 201, [2]gate{own(dot, "manage-realm"), own(fine, orgs)}},
		{"GET", org + "/{org}", nil, 200, [2]gate{own(dot, "manage-realm"), own(fine, viewOrgs)}},
		{"GET", org + "/unknown", nil, 404, [2]gate{own(dot, "manage-realm"), own(fine, queryOrgs)}},
		{"PATCH", org + "/{org}", nil, 405, [2]gate{own(dot, "manage-realm"), own(fine, viewOrgs)}},
		{"GET", org + "/{org}/nope", nil, 404, [2]gate{own(dot, "manage-realm"), own(fine, viewOrgs)}},
		{"PUT", org + "/{org}", map[string]any{"name": "acme"}, 204, [2]gate{own(dot, "manage-realm"), own(fine, orgs)}},
		{"GET", org + "/{org}/members", nil, 200, [2]gate{own(dot, "manage-realm"), own(fine, "")}},
		{"GET", org + "/{org}/members/count", nil, 200, [2]gate{own(dot, "manage-realm"), own(fine, "")}},
		{"GET", org + "/{org}/members/{user}", nil, 200, [2]gate{own(dot, "manage-realm"), own(fine, "")}},
		{"DELETE", org + "/{org}/members/nope", nil, 404, [2]gate{own(dot, "manage-realm"), own(fine, "")}},
		{"GET", org + "/{org}/members/{user}/organizations", nil, 200, [2]gate{own(dot, "manage-realm"), own(fine, "")}},
		{"GET", org + "/members/{user}/organizations", nil, 200, [2]gate{own(dot, anyAdmin+" impersonation none"), own(fine, "")}},
		{"GET", org + "/{org}/identity-providers", nil, 200, [2]gate{own(dot, "manage-realm"), own(fine, "")}},
	} {
		for _, o := range g.on {
			if o.only == version {
				rows = append(rows, gate{method: g.method, path: g.path, body: g.body, status: g.status, open: o.open})
			}
		}
	}
	return rows
}

func TestRoleGates(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"24.0.5", "26.4.0", "26.7.3"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c := newCaller(t, Options{Version: version})
			c.createRealm("lesson")
			adm := c.admin()
			c.want(201, "POST", c.base()+"/identity-provider/instances", adm, provider("main"))
			c.want(201, "POST", c.base()+"/authentication/flows/browser/copy", adm, map[string]any{"newName": "mycopy"})
			ids := map[string]string{"user": c.createUser("alice", "wonder", nil), "realm-management": c.clientUUID("realm-management"),
				"execution": c.want(200, "GET", c.base()+"/authentication/flows/mycopy/executions", adm, nil).list(t)[1]["id"].(string),
				"role":      c.want(200, "GET", c.base()+"/roles/offline_access", adm, nil).obj(t)["id"].(string)}
			if version != "24.0.5" {
				c.want(204, "PUT", c.base(), adm, map[string]any{"organizationsEnabled": true})
				ids["org"] = c.want(201, "POST", c.base()+"/organizations", adm, map[string]any{"name": "acme"}).id()
				c.want(201, "POST", c.base()+"/organizations/"+ids["org"]+"/members", adm, ids["user"])
			}
			roles := []string{"none", "realm-admin"}
			for _, r := range c.want(200, "GET", c.base()+"/clients/"+ids["realm-management"]+"/roles", adm, nil).list(t) {
				if n := r["name"].(string); n != "realm-admin" {
					roles = append(roles, n)
				}
			}
			tokens := map[string]string{}
			for _, r := range roles {
				if r == "none" {
					ids["client"], _ = c.createClient("svc-none", nil)
				} else {
					c.createClient("svc-"+r, nil, r)
				}
				tokens[r] = c.service("svc-" + r)
			}
			n := 0
			for _, g := range gates(version, ids) {
				path := g.path
				for k, v := range ids {
					path = strings.ReplaceAll(path, "{"+k+"}", url.PathEscape(v))
				}
				for _, r := range roles {
					n++
					want := g.closed
					if want == 0 {
						want = 403
					}
					if r == "realm-admin" || slices.Contains(strings.Fields(g.open), r) {
						want = g.status
					}
					a := c.send(g.method, c.base()+numbered(path, n), tokens[r], numberedBody(g.body, n))
					if a.status != want {
						t.Errorf("%s %s as %s: %d %s, want %d", g.method, g.path, r, a.status, a.body, want)
					}
				}
				if a := c.send(g.method, c.base()+path, "", numberedBody(g.body, 0)); a.status != 401 {
					t.Errorf("%s %s without a token: %d", g.method, g.path, a.status)
				}
			}
		})
	}
}

func numbered(s string, n int) string { return strings.ReplaceAll(s, "{n}", fmt.Sprint(n)) }

// numberedBody puts the number into the strings of a body.
func numberedBody(v any, n int) any {
	switch x := v.(type) {
	case string:
		return numbered(x, n)
	case map[string]any:
		out := map[string]any{}
		for k, y := range x {
			out[k] = numberedBody(y, n)
		}
		return out
	case []any:
		out := []any{}
		for _, y := range x {
			out = append(out, numberedBody(y, n))
		}
		return out
	}
	return v
}
