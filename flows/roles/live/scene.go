package live

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fix403/flows/params"
	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// scene is a scratch realm that is filled so that each list has something in it.
type scene struct {
	server *keycloak.Server
	admin  *keycloak.Admin
	http   *http.Client // for calls that are counted and not kept: those of the callers
	// of each of those calls, and of the deletion of a realm
	timeout, realmTimeout time.Duration
	realm                 string
	run                   string
	// of the scene's clients and of its user
	secret, password string
	n                atomic.Int64
	values           map[string]string // what names in paths and bodies stand for

	realmManagement string
	audienceScope   bool                     // the realm has the client scope of the admin API
	roles           map[string]keycloak.Role // of realm-management

	mu       sync.Mutex
	problems []error // parts of the scene that could not be made
}

// missing means what could not be made: a feature that the server does not have.
const missing = "missing"

// fill puts values in the place of names in braces, such as {user-id}; other braces stay.
func fill(text string, values map[string]string) string {
	return fillWith(text, values, func(value string) string { return value })
}

// fillPath is fill with the values escaped.
func fillPath(path string, values map[string]string) string {
	return fillWith(path, values, url.PathEscape)
}

func fillWith(text string, values map[string]string, escape func(string) string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, rest, closed := strings.Cut(after, "}")
		if !closed || name == "" || strings.ContainsFunc(name, notInName) {
			b.WriteByte('{')
			text = after
			continue
		}
		if value, ok := values[name]; ok {
			b.WriteString(escape(value))
		} else {
			b.WriteString(missing)
		}
		text = rest
	}
}

func notInName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_' && r != '-'
}

func (s *scene) next() string { return strconv.FormatInt(s.n.Add(1), 10) }

// do makes a step as the admin, and notes in values what comes of it.
func (s *scene) do(ctx context.Context, st *step, values map[string]string) error {
	if st.method == login {
		return s.login(ctx, values)
	}
	if st.method != "" {
		var body any
		if st.body != "" {
			body = json.RawMessage(fill(st.body, values))
		}
		text, id, err := s.admin.Send(ctx, msg.New("prepare %s %s", st.method, st.path), st.method, s.realm, fillPath(st.path, values), body)
		if err != nil {
			return fmt.Errorf("%s %s: %w", st.method, st.path, err)
		}
		if st.id != "" {
			if id == "" {
				id = firstID(text)
			}
			if id == "" {
				return fmt.Errorf("%s %s: the answer tells no id", st.method, st.path)
			}
			values[st.id] = id
		}
	}
	if st.name != "" {
		values[st.name] = fill(st.value, values)
	}
	return nil
}

// firstID returns the id of an object, or of the first one in a list.
func firstID(text []byte) string {
	type object struct {
		ID  string `json:"id"`
		ID2 string `json:"_id"` // of a resource
	}
	var one object
	var list []object
	if json.Unmarshal(text, &list) == nil && len(list) > 0 {
		one = list[0]
	} else {
		_ = json.Unmarshal(text, &one)
	}
	if one.ID == "" {
		return one.ID2
	}
	return one.ID
}

// some makes parts of the scene; what cannot be made is noted, and the names stay missing. The error is that of a call that
// got no answer.
func (s *scene) some(ctx context.Context, steps ...*step) error {
	for _, st := range steps {
		s.values["n"] = s.next()
		if err := s.do(ctx, st, s.values); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if unanswered(err) {
				return err
			}
			if !st.optional {
				s.problem(err)
			}
		}
	}
	return nil
}

func (s *scene) problem(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problems = append(s.problems, err)
}

// filling makes what the endpoints are measured with.
var filling = []*step{
	{method: "PUT", body: `{"eventsEnabled":true,"adminEventsEnabled":true,"adminEventsDetailsEnabled":true,"accessTokenLifespan":3600,"internationalizationEnabled":true,"supportedLocales":["en","de","fr"],"defaultLocale":"en"}`}, {method: "PUT", body: `{"organizationsEnabled":true}`},
	{method: "POST", path: "/roles", body: `{"name":"plain"}`}, {method: "GET", path: "/roles/plain", id: "plain-id"},
	{method: "POST", path: "/roles", body: `{"name":"other"}`}, {method: "GET", path: "/roles/other", id: "other-id"},
	{method: "POST", path: "/clients", id: "client-uuid", body: `{"clientId":"app","enabled":true,"secret":"{secret}","serviceAccountsEnabled":true,"directAccessGrantsEnabled":true,"authorizationServicesEnabled":true,"fullScopeAllowed":false,"redirectUris":["http://127.0.0.1/*"]}`},
	{method: "POST", path: "/clients/{client-uuid}/roles", body: `{"name":"app-role"}`},
	{method: "GET", path: "/clients/{client-uuid}/roles/app-role", id: "app-role-id"},
	{method: "POST", path: "/clients/{client-uuid}/roles", body: `{"name":"app-other"}`},
	// Another client: a client's own roles are always in its scope, and so never among the available ones.
	{method: "POST", path: "/clients", id: "second-client", body: `{"clientId":"second","enabled":true,"secret":"{secret}"}`},
	{method: "POST", path: "/clients/{second-client}/roles", body: `{"name":"second-role"}`},
	{method: "GET", path: "/clients/{second-client}/roles/second-role", id: "second-role-id"},
	{method: "POST", path: "/clients/{second-client}/roles", body: `{"name":"second-other"}`},
	{name: "client-id", value: "{client-uuid}"}, {name: "clientUuid", value: "{client-uuid}"}, {name: "targetClientUuid", value: "{second-client}"},
	{name: "roleContainerId", value: "{second-client}"}, {name: "role-id", value: "{plain-id}"},
	{method: "POST", path: "/roles/plain/composites", body: `[{"id":"{other-id}","name":"other"},{"id":"{app-role-id}","name":"app-role"},{"id":"{second-role-id}","name":"second-role"}]`},
	{method: "POST", path: "/clients/{client-uuid}/roles/app-role/composites", body: `[{"id":"{other-id}","name":"other"},{"id":"{second-role-id}","name":"second-role"}]`},
	{method: "POST", path: "/clients/{client-uuid}/protocol-mappers/models", body: mapperBody, id: "client-mapper"},
	{method: "POST", path: "/clients/{client-uuid}/scope-mappings/realm", body: plainRole},
	{method: "POST", path: "/clients/{client-uuid}/scope-mappings/clients/{second-client}", body: secondRole},
	{method: "POST", path: "/client-scopes", body: `{"name":"scope","protocol":"openid-connect"}`, id: "client-scope-id"},
	{name: "clientScopeId", value: "{client-scope-id}"},
	{method: "POST", path: "/client-scopes/{client-scope-id}/protocol-mappers/models", body: mapperBody, id: "scope-mapper"},
	{method: "POST", path: "/client-scopes/{client-scope-id}/scope-mappings/realm", body: plainRole},
	{method: "POST", path: "/client-scopes/{client-scope-id}/scope-mappings/clients/{second-client}", body: secondRole},
	{method: "POST", path: "/identity-provider/instances", body: `{"alias":"idp","providerId":"oidc","enabled":true,"config":{"clientId":"c","clientSecret":"s","authorizationUrl":"https://example.com/a","tokenUrl":"https://example.com/t"}}`},
	{name: "alias", value: "idp"},
	{method: "POST", path: "/identity-provider/instances/idp/mappers", body: idpMapperBody, id: "idp-mapper"},
	{method: "POST", path: "/groups", body: `{"name":"group"}`, id: "group-id"},
	{name: "groupId", value: "{group-id}"},
	{method: "POST", path: "/groups/{group-id}/children", body: `{"name":"child"}`},
	{method: "POST", path: "/groups/{group-id}/role-mappings/realm", body: plainRole},
	{method: "POST", path: "/groups/{group-id}/role-mappings/clients/{client-uuid}", body: appRole},
	{method: "POST", path: "/users", id: "user-id", body: `{"username":"ann","enabled":true,"email":"ann@example.com","emailVerified":true,"firstName":"Ann","lastName":"Example","credentials":[{"type":"password","value":"{password}"}]}`},
	{name: "userId", value: "{user-id}"}, {name: "member-id", value: "{user-id}"},
	{method: "PUT", path: "/users/{user-id}/groups/{group-id}"},
	{method: "POST", path: "/users/{user-id}/role-mappings/realm", body: plainRole},
	{method: "POST", path: "/users/{user-id}/role-mappings/clients/{client-uuid}", body: appRole},
	{method: "POST", path: "/users/{user-id}/role-mappings/clients/{realm-management}", body: adminRole},
	{method: "POST", path: "/users/{user-id}/federated-identity/idp", body: `{"userId":"far","userName":"far"}`},
	{method: "GET", path: "/users/{user-id}/credentials", id: "credentialId"},
	{method: "POST", path: "/clients/{client-uuid}/authz/resource-server/scope", body: `{"name":"look"}`, id: "scope-id"},
	{method: "POST", path: "/clients/{client-uuid}/authz/resource-server/resource", body: `{"name":"thing","scopes":[{"name":"look"}],"attributes":{"a":["b"]}}`, id: "resource-id"},
	{method: "POST", path: "/clients/{client-uuid}/authz/resource-server/policy/role", body: `{"name":"ruling","roles":[{"id":"{plain-id}"}]}`, id: "policy-id"},
	{method: "POST", path: "/clients/{client-uuid}/authz/resource-server/permission/scope", body: `{"name":"allowing","resources":["{resource-id}"],"scopes":["{scope-id}"],"policies":["{policy-id}"]}`},
	{method: "POST", path: "/authentication/flows", body: `{"alias":"flow","providerId":"basic-flow","topLevel":true,"builtIn":false}`, id: "flow-id"},
	{method: "POST", path: "/authentication/flows/flow/executions/execution", body: `{"provider":"auth-cookie"}`, id: "executionId"},
	{method: "POST", path: "/authentication/executions/{executionId}/config", body: `{"alias":"config","config":{"default.reference.value":"x"}}`, id: "config-id"},
	{method: "DELETE", path: "/authentication/required-actions/webauthn-register-passwordless"},
	{method: "POST", path: "/localization/de", body: `{"greeting":"Guten Tag"}`},
	{method: "POST", path: "/clients-initial-access", body: `{"count":1,"expiration":3600}`},
	{method: "GET", path: "/components?type=org.keycloak.keys.KeyProvider", id: "component-id"},
	{method: "POST", path: "/organizations", body: `{"name":"org","alias":"org","enabled":true,"domains":[{"name":"org.example.com"}]}`, id: "org-id"},
	{method: "POST", path: "/organizations/{org-id}/members", body: `"{user-id}"`},
	{method: "POST", path: "/organizations/{org-id}/identity-providers", body: `"idp"`},
	{method: "POST", path: "/organizations/{org-id}/groups", body: `{"name":"org-group"}`, id: "org-group"},
	{method: "POST", path: "/organizations/{org-id}/groups/{org-group}/children", body: `{"name":"child"}`},
	{method: "PUT", path: "/organizations/{org-id}/groups/{org-group}/members/{user-id}"},
	{method: "POST", path: "/organizations/{org-id}/groups/{org-group}/role-mappings/realm", body: plainRole, optional: true},
	{method: "POST", path: "/organizations/{org-id}/groups/{org-group}/role-mappings/clients/{client-uuid}", body: appRole, optional: true},
	{method: "POST", path: "/workflows", body: workflowBody, id: "workflow", optional: true},
	{method: "POST", path: "/workflows/{workflow}/activate/USERS/{user-id}", optional: true},
	{method: login},
}

// fillRealm makes that, and knows what is made by name.
func (s *scene) fillRealm(ctx context.Context) error {
	var realm struct{ ID string }
	text, _, err := s.admin.Send(ctx, msg.New("read the realm"), http.MethodGet, s.realm, "", nil)
	if err != nil {
		return err
	}
	if err := keycloak.Decode(msg.New("read the realm"), text, &realm); err != nil {
		return err
	}
	s.values = map[string]string{
		"realm": s.realm, "realm-id": realm.ID, "run": s.run, "secret": s.secret, "marker": keycloak.MarkerAttribute,
		"role-name": "plain", "attr": "jwt.credential", "protocol": "openid-connect", "providerId": "keycloak-oidc-keycloak-json",
		"provider_id": "oidc", "provider": "idp", "locale": "de", "key": "greeting", "node": "127.0.0.1", "path": "group", "client": "app",
		"password": s.password, "flowAlias": "flow", "realm-management": s.realmManagement,
		"admin-role-id": s.roles["view-users"].ID, "strong-role-id": s.roles["manage-clients"].ID,
	}
	err = s.some(ctx, filling...)
	if err != nil {
		return err
	}
	if text, _, err := s.admin.Send(ctx, msg.New("read the user profile"), http.MethodGet, s.realm, "/users/profile", nil); err == nil {
		s.values["profile"] = string(text)
	}
	return ctx.Err()
}

// addDefaultGroup is for the lists of default groups.
func (s *scene) addDefaultGroup(ctx context.Context) error {
	return s.some(ctx, &step{method: "POST", path: "/groups", body: `{"name":"default-{n}"}`, id: "default-group"}, &step{method: "PUT", path: "/default-groups/{default-group}"})
}

// caller is a confidential client whose service account holds some roles of realm-management.
type caller struct {
	roles  []string
	id     string
	secret string

	mu    sync.Mutex
	token string
}

func (s *scene) newCaller(ctx context.Context, names []string) (*caller, error) {
	c := &caller{roles: names, id: "caller-" + s.next() + strings.Join(append([]string{"-with"}, names...), "-"), secret: params.NewRunID() + params.NewRunID()}
	s.server.Recorder().Hide(wire.NewSecret(c.secret))
	uuid, err := s.admin.Create(ctx, msg.New("create a caller"), s.realm, "/clients",
		map[string]any{"clientId": c.id, "secret": c.secret, "enabled": true, "publicClient": false, "serviceAccountsEnabled": true, "standardFlowEnabled": false})
	if err != nil {
		return nil, err
	}
	if s.audienceScope { // not with the creation: the list of default scopes that it takes replaces the realm's
		if err := s.admin.SetClientScope(ctx, s.realm, uuid, keycloak.AdminAPIScope, false, true); err != nil {
			return nil, err
		}
	}
	if len(names) > 0 {
		account, err := s.admin.ServiceAccount(ctx, s.realm, uuid)
		if err != nil {
			return nil, err
		}
		var give []map[string]string
		for _, r := range names {
			give = append(give, map[string]string{"id": s.roles[r].ID, "name": r})
		}
		if _, _, err := s.admin.Send(ctx, msg.New("grant the role to a caller"), http.MethodPost, s.realm, "/users/"+account.ID+"/role-mappings/clients/"+s.realmManagement, give); err != nil {
			return nil, err
		}
	}
	return c, s.renew(ctx, c)
}

// renew gets the caller a token that knows its roles.
func (s *scene) renew(ctx context.Context, c *caller) error {
	token, err := s.tokens(ctx, url.Values{"grant_type": {"client_credentials"}, "client_id": {c.id}, "client_secret": {c.secret}})
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token = token.Access
	return nil
}

func (c *caller) bearer() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token
}

func (c *caller) name() string {
	if len(c.roles) == 0 {
		return roles.None
	}
	return strings.Join(c.roles, "+")
}

type tokens struct {
	Access  string `json:"access_token"`
	Session string `json:"session_state"`
}

func (s *scene) tokens(ctx context.Context, form url.Values) (tokens, error) {
	var t tokens
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.server.URL()+"/realms/"+s.realm+"/protocol/openid-connect/token", strings.NewReader(form.Encode()))
	if err != nil {
		return t, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := s.http.Do(req)
	if err != nil {
		return t, &noAnswerError{msg.New("the token endpoint"), err}
	}
	text, err := wire.ReadAnswer(res)
	if err != nil {
		return t, &noAnswerError{msg.New("the token endpoint"), err}
	}
	if crowded(res.StatusCode) {
		return t, &refusedError{msg.New("the token endpoint"), res.StatusCode, ""}
	}
	if res.StatusCode != http.StatusOK || json.Unmarshal(text, &t) != nil || t.Access == "" {
		return t, msg.Error("the token endpoint of the scratch realm answered %d where a token was needed", res.StatusCode)
	}
	s.server.Recorder().Hide(wire.NewSecret(t.Access))
	return t, nil
}

// login logs the scene's user in twice: for a session, and for an offline session, which counts as a consent.
func (s *scene) login(ctx context.Context, values map[string]string) error {
	form := url.Values{"grant_type": {"password"}, "client_id": {"app"}, "client_secret": {s.secret}, "username": {"ann"}, "password": {s.password}, "scope": {"openid"}}
	t, err := s.tokens(ctx, form)
	if err != nil {
		return err
	}
	values["session"] = t.Session
	form.Set("scope", "openid offline_access")
	_, err = s.tokens(ctx, form)
	return err
}

func (s *scene) clone(values map[string]string) map[string]string {
	v := maps.Clone(values)
	v["n"] = s.next()
	return v
}

func sorted(m map[string]keycloak.Role) []string { return slices.Sorted(maps.Keys(m)) }

const cleanupTime = 2 * time.Minute
