package practice

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// identityProvider is an entry of identity-provider/instances. This server
// keeps and shows it; nobody can log in through it.
type identityProvider struct {
	id     string
	rep    map[string]any // as given, without alias, internalId, config
	alias  string
	config map[string]string
}

const maskedSecret = "**********"

// providerKind is a kind of identity provider, measured by creating one of
// each kind and reading it back.
type providerKind struct {
	id, name string
	types    []string // as 26.7.3 tells them
	settings bool     // its form has fields of its own
	issuer   string   // set by 26.7.3
	required string   // config key that must be given
	refusal  string   // the answer when it is not
	versions span     // that know it; the zero span is all of them
}

var brokerTypes = []string{"USER_AUTHENTICATION", "CLIENT_ASSERTION", "TRUST_MATERIAL", "EXCHANGE_EXTERNAL_TOKEN", "JWT_AUTHORIZATION_GRANT"}

var providerKinds = []providerKind{
	{id: "oidc", name: "OpenID Connect v1.0", types: brokerTypes},
	{id: "keycloak-oidc", name: "Keycloak OpenID Connect", types: brokerTypes},
	{id: "saml", name: "SAML v2.0", types: []string{"USER_AUTHENTICATION"}},
	{id: "oauth2", name: "OAuth v2", types: []string{"USER_AUTHENTICATION"}, required: "userInfoUrl", refusal: "User Info URL not provided", versions: since(v2640)},
	{id: "kubernetes", name: "Kubernetes", types: []string{"CLIENT_ASSERTION"}, issuer: "https://kubernetes.default.svc.cluster.local", versions: since(v2672)},
	{id: "jwt-authorization-grant", name: "JWT Authorization Grant", types: []string{"JWT_AUTHORIZATION_GRANT"}, required: "issuer", refusal: "Issuer is required", versions: since(v2672)},
	{id: "bitbucket", name: "BitBucket"},
	{id: "facebook", name: "Facebook", settings: true},
	{id: "github", name: "GitHub", settings: true},
	{id: "gitlab", name: "GitLab"},
	{id: "google", name: "Google", settings: true, issuer: "https://accounts.google.com"},
	{id: "instagram", name: "Instagram", versions: until(v2405)},
	{id: "linkedin-openid-connect", name: "LinkedIn"},
	{id: "microsoft", name: "Microsoft", settings: true},
	{id: "openshift-v3", name: "Openshift v3", settings: true, versions: until(v2405)},
	{id: "openshift-v4", name: "Openshift v4", settings: true},
	{id: "paypal", name: "PayPal", settings: true},
	{id: "stackoverflow", name: "StackOverflow", settings: true},
	{id: "twitter", name: "Twitter"},
}

func (b *behavior) providerKind(id string) (providerKind, bool) {
	i := slices.IndexFunc(providerKinds, func(k providerKind) bool { return k.id == id })
	if i < 0 {
		return providerKind{}, false
	}
	k := providerKinds[i]
	return k, k.versions == span{} || k.versions.has(b.release)
}

var providerSchema = newSchema("IdentityProviderRepresentation",
	"alias displayName internalId providerId updateProfileFirstLoginMode firstBrokerLoginFlowAlias postBrokerLoginFlowAlias organizationId",
	"enabled trustEmail storeToken addReadTokenRoleOnCreate authenticateByDefault linkOnly hideOnLogin updateProfileFirstLogin",
	"", "types", "config", "")

// The fields that came after 24.0.5.
var providerSchemaBefore26 = providerSchema.without("hideOnLogin", "organizationId", "types")

func buildIdentityProviders() *class {
	instance := (&class{}).
		on("GET", "", (*call).getProvider).
		on("PUT", "", (*call).putProvider).
		onAny("DELETE", "", (*call).deleteProvider).
		on("GET", "export", (*call).exportProvider).
		on("GET", "mapper-types", notImplemented("the kinds of identity provider mappers")).
		on("GET", "management/permissions", (*call).providerPermissions).
		on("PUT", "management/permissions", notImplemented("fine-grained permissions of the first kind")).
		on("GET", "mappers", (*call).listProviderMappers).
		on("POST", "mappers", (*call).postProviderMapper).
		on("GET", "mappers/{mapper}", (*call).getProviderMapper).
		on("PUT", "mappers/{mapper}", (*call).putProviderMapper).
		onAny("DELETE", "mappers/{mapper}", (*call).deleteProviderMapper)
	return (&class{}).
		on("GET", "instances", (*call).listProviders).
		on("POST", "instances", (*call).postProvider).
		on("GET", "providers/{provider}", (*call).getProviderKind).
		on("POST", "import-config", (*call).importProviderConfig).
		mount("instances/{alias}", (*call).enterProvider, instance)
}

func (x rights) canManageIdentityProviders() bool { return x.any("manage-identity-providers") }

// enterProvider is the locator instances/{alias}: the view role comes first,
// then the alias, then the route and the method.
func (c *call) enterProvider() error {
	if !c.auth.on(c.realm).canViewIdentityProviders() {
		return c.errForbidden()
	}
	c.provider = c.realm.providers[c.param("alias")]
	return nil
}

// theProvider is the one named by the path, for callers who may view or manage.
func (c *call) theProvider(manage bool) (*identityProvider, error) {
	if manage && !c.auth.on(c.realm).canManageIdentityProviders() {
		return nil, c.errForbidden()
	}
	if c.provider == nil {
		return nil, errNotFound()
	}
	return c.provider, nil
}

// providerRep is an IdentityProviderRepresentation with its secret masked. To
// 26.4.0 every setting is told, on 26.7.3 only those that were given.
func (s *Server) providerRep(p *identityProvider, brief bool) map[string]any {
	m := maps.Clone(p.rep)
	if s.behavior.providerDefaults {
		m = map[string]any{"enabled": true, "trustEmail": false, "storeToken": false, "addReadTokenRoleOnCreate": false,
			"authenticateByDefault": false, "linkOnly": false}
		if s.behavior.providerHideOnLogin {
			m["hideOnLogin"] = false
		}
		maps.Copy(m, p.rep)
		m["updateProfileFirstLoginMode"] = "on"
	} else if !brief {
		kind, _ := s.behavior.providerKind(str(p.rep, "providerId"))
		m["types"] = append([]string{}, kind.types...)
	}
	if m["enabled"] == nil {
		m["enabled"] = true
	}
	m["internalId"], m["alias"] = p.id, p.alias
	cfg := map[string]string{}
	if !brief {
		cfg = maps.Clone(p.config)
		if cfg["clientSecret"] != "" {
			cfg["clientSecret"] = maskedSecret
		}
	}
	m["config"] = cfg
	return m
}

// providerList is sorted by alias.
func (r *realm) providerList() []*identityProvider {
	l := slices.Collect(maps.Values(r.providers))
	slices.SortFunc(l, func(a, b *identityProvider) int { return strings.Compare(a.alias, b.alias) })
	return l
}

func (c *call) listProviders() error {
	first, limit, err := c.pageParams(0, -1)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).canViewIdentityProviders() {
		return c.errForbidden()
	}
	var found []*identityProvider
	for _, p := range c.realm.providerList() {
		if searched(c.query.Get("search"), p.alias, str(p.rep, "displayName")) {
			found = append(found, p)
		}
	}
	out := []any{}
	for _, p := range page(found, first, limit) {
		out = append(out, c.s.providerRep(p, c.boolParam("briefRepresentation")))
	}
	return c.ok(out)
}

// searched: "x" in quotes is the whole value, * any part, else a value's beginning.
func searched(pattern string, values ...string) bool {
	if pattern == "" {
		return true
	}
	pattern = strings.ToLower(pattern)
	whole := len(pattern) > 1 && strings.HasPrefix(pattern, `"`) && strings.HasSuffix(pattern, `"`)
	if whole {
		pattern = pattern[1 : len(pattern)-1]
	}
	for _, v := range values {
		v = strings.ToLower(v)
		if whole && v == pattern || !whole && v != "" && globBegins(pattern, v) {
			return true
		}
	}
	return false
}

func globBegins(pattern, v string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(v, parts[0])
	if !ok {
		return false
	}
	for _, p := range parts[1:] {
		_, after, found := strings.Cut(rest, p)
		if !found {
			return false
		}
		rest = after
	}
	return true
}

func (c *call) postProvider() error {
	rep, err := c.object(c.behavior().providerSchema)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).canManageIdentityProviders() {
		return c.errForbidden()
	}
	alias := str(rep, "alias")
	if f := checkAlias(alias); f != nil {
		return f
	}
	kind, known := c.behavior().providerKind(str(rep, "providerId"))
	if !known {
		id := str(rep, "providerId")
		if id == "" {
			id = "null"
		}
		return errMessage(http.StatusBadRequest, "Invalid identity provider id ["+id+"]")
	}
	if alias == "" {
		return errMessage(http.StatusBadRequest, "path is null")
	}
	if c.realm.providers[alias] != nil {
		return errMessage(http.StatusConflict, "Identity Provider "+alias+" already exists")
	}
	p := &identityProvider{id: newID()}
	if err := c.setProvider(p, rep, kind); err != nil {
		return err
	}
	if len(c.realm.providers) >= maxPerRealm {
		return errLimit("The practice Keycloak keeps no more identity providers in a realm: delete one first.")
	}
	p.alias = alias
	c.realm.providers[alias] = p
	return c.created(alias)
}

// checkAlias follows ReservedCharValidator, which refuses blanks too.
func checkAlias(alias string) *failure {
	for _, ch := range alias {
		if unicode.IsSpace(ch) {
			return errText(http.StatusBadRequest, "Empty Space not allowed.")
		}
		if f := checkRealmName(string(ch)); f != nil {
			return f
		}
	}
	return nil
}

// setProvider checks the settings and takes them over as a whole.
func (c *call) setProvider(p *identityProvider, rep map[string]any, kind providerKind) error {
	cfg := attrs(rep, "config")
	if cfg["clientSecret"] == maskedSecret {
		cfg["clientSecret"] = p.config["clientSecret"]
	}
	for _, key := range []string{"authorizationUrl", "tokenUrl", "logoutUrl", "userInfoUrl", "jwksUrl"} {
		if f := c.checkProviderURL(cfg[key], providerURLs[key]); f != nil {
			return f
		}
	}
	if kind.required != "" && cfg[kind.required] == "" {
		return errMessage(http.StatusBadRequest, kind.refusal)
	}
	for _, key := range []string{"firstBrokerLoginFlowAlias", "postBrokerLoginFlowAlias"} {
		if a := str(rep, key); a != "" && c.s.flowByAlias(c.realm, a) == nil {
			return c.errInternal()
		}
	}
	if c.behavior().providerSyncLegacy && cfg["syncMode"] == "" {
		cfg["syncMode"] = "LEGACY"
	}
	if kind.issuer != "" && c.behavior().providerIssuer && cfg["issuer"] == "" {
		cfg["issuer"] = kind.issuer
	}
	p.take(rep, cfg)
	return nil
}

// take keeps the settings as they are given.
func (p *identityProvider) take(rep map[string]any, cfg map[string]string) {
	m := maps.Clone(rep)
	for _, k := range []string{"alias", "internalId", "config", "types", "updateProfileFirstLoginMode", "updateProfileFirstLogin"} {
		delete(m, k)
	}
	p.rep, p.config = m, cfg
}

var providerURLs = map[string]string{"authorizationUrl": "authorization_url", "tokenUrl": "token_url", "logoutUrl": "logout_url",
	"userInfoUrl": "userinfo_url", "jwksUrl": "jwks_url"}

// checkProviderURL: outside of the local networks only https, unless the realm needs no TLS.
func (c *call) checkProviderURL(raw, name string) *failure {
	if strings.TrimSpace(raw) == "" {
		return nil
	}
	bad := func(format string) *failure { return errMessage(http.StatusBadRequest, fmt.Sprintf(format, name)) }
	scheme, _, ok := strings.Cut(raw, ":")
	if !ok {
		return bad("The url [%s] is malformed")
	}
	scheme = strings.ToLower(scheme)
	if scheme != "http" && scheme != "https" {
		return bad("Invalid protocol/scheme for url [%s]")
	}
	u, err := url.Parse(raw)
	if err != nil {
		return bad("The url [%s] is malformed")
	}
	need := strings.ToLower(str(c.realm.rep, "sslRequired"))
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsPrivate())
	if scheme == "http" && (need == "all" || need != "none" && !local) {
		return bad("The url [%s] requires secure connections")
	}
	return nil
}

func (c *call) getProvider() error {
	p, err := c.theProvider(false)
	if err != nil {
		return err
	}
	return c.ok(c.s.providerRep(p, false))
}

// putProvider: 24.0.5 finds what to change by internalId, then by the alias in
// the body; 26.4.0 by the path; 26.7.3 lets no alias be changed.
func (c *call) putProvider() error {
	rep, err := c.object(c.behavior().providerSchema)
	if err != nil {
		return err
	}
	p, err := c.theProvider(true)
	if err != nil {
		return err
	}
	alias := str(rep, "alias")
	switch {
	case c.behavior().providerAliasFixed && alias != p.alias:
		return errMessage(http.StatusBadRequest, "Identity Provider alias cannot be changed")
	case c.behavior().providerByInternalID && str(rep, "internalId") != p.id && c.realm.providers[alias] == nil:
		return errNotFound()
	case alias == "":
		return c.errInternal()
	}
	if f := checkAlias(alias); f != nil {
		return f
	}
	if o := c.realm.providers[alias]; o != nil && o != p {
		return errMessage(http.StatusConflict, "Identity Provider "+alias+" already exists")
	}
	kind, known := c.behavior().providerKind(str(rep, "providerId"))
	if !known {
		return errMessage(http.StatusBadRequest, "Invalid identity provider id ["+str(rep, "providerId")+"]")
	}
	if err := c.setProvider(p, rep, kind); err != nil {
		return err
	}
	delete(c.realm.providers, p.alias)
	p.alias = alias
	c.realm.providers[alias] = p
	c.noCache()
	return c.noContent()
}

func (c *call) deleteProvider() error {
	p, err := c.theProvider(true)
	if err != nil {
		return err
	}
	delete(c.realm.providers, p.alias)
	for _, u := range c.realm.users {
		delete(u.links, p.alias)
	}
	c.noCache()
	return c.noContent()
}

// exportProvider: only SAML has something to export.
func (c *call) exportProvider() error {
	p, err := c.theProvider(false)
	if err != nil {
		return err
	}
	if str(p.rep, "providerId") == "saml" {
		return errNotImplemented("SAML metadata")
	}
	c.noCache()
	return c.noContent()
}

// providerPermissions: from 26 the first kind of fine-grained permissions is switched off.
func (c *call) providerPermissions() error {
	if _, err := c.theProvider(false); err != nil {
		return err
	}
	if c.behavior().permissionsSwitchedOff {
		return errText(http.StatusNotImplemented, "Feature not enabled")
	}
	return c.ok(map[string]any{"enabled": false})
}

func (c *call) getProviderKind() error {
	if !c.auth.on(c.realm).canViewIdentityProviders() {
		return c.errForbidden()
	}
	id := c.param("provider")
	kind, known := c.behavior().providerKind(id)
	if !known {
		return errStatus(http.StatusBadRequest)
	}
	if kind.settings {
		return errNotImplemented("the settings of the identity provider " + id)
	}
	return c.ok(map[string]any{"id": id, "name": kind.name, "helpText": "", "configProperties": []any{}, "configMetadata": []any{}})
}

func (c *call) importProviderConfig() error {
	if !c.auth.on(c.realm).canManageIdentityProviders() {
		return c.errForbidden()
	}
	return errNotImplemented("reading an identity provider's settings from elsewhere")
}
