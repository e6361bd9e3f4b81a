package practice

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"sort"
	"strings"

	"fix403/keycloak/sift"
)

// authFlow is an authentication flow. This server keeps flows and shows them;
// nobody logs in through one.
type authFlow struct {
	id, alias, provider string
	description         any // a string, or nil
	topLevel, builtIn   bool
	executions          []*authExecution // by priority
}

// authExecution is a step of a flow: an authenticator, or a flow below.
type authExecution struct {
	id, authenticator, requirement string
	priority                       int64
	flow                           *authFlow
	config                         *authConfig
}

type authConfig struct {
	id, alias string
	config    map[string]any
}

// flowDefaults is what a version knows about authentication, read from running servers.
type flowDefaults struct {
	SubFlows []map[string]any `json:"subFlows"`
	Configs  []map[string]any `json:"configs"`
	// Providers lists what can be added to a flow, by the endpoint that lists it.
	Providers map[string][]map[string]any `json:"providers"`
	// Executions tells how an execution of a provider is shown.
	Executions map[string]struct {
		DisplayName  string   `json:"displayName"`
		Configurable bool     `json:"configurable"`
		Choices      []string `json:"choices"`
	} `json:"executions"`
}

// flowsOf are the realm's top-level flows, built when they are first asked for.
func (s *Server) flowsOf(r *realm) []*authFlow {
	if r.flows == nil {
		r.flows = []*authFlow{}
		for _, m := range s.def.Flows {
			r.flows = append(r.flows, newFlow(m, s.def.auth.SubFlows, s.def.auth.Configs))
		}
	}
	return r.flows
}

// newFlow builds a flow from representations: those of the flows that may be below it, and of the settings of authenticators.
func newFlow(m map[string]any, flows, configs []map[string]any) *authFlow {
	f := &authFlow{id: cmp.Or(str(m, "id"), newID()), alias: str(m, "alias"), description: m["description"], provider: str(m, "providerId"),
		topLevel: boolean(m, "topLevel"), builtIn: boolean(m, "builtIn")}
	named := func(l []map[string]any, alias string) map[string]any {
		if i := slices.IndexFunc(l, func(x map[string]any) bool { return alias != "" && str(x, "alias") == alias }); i >= 0 {
			return l[i]
		}
		return nil
	}
	for _, x := range objects(m["authenticationExecutions"]) {
		e := &authExecution{id: newID(), authenticator: str(x, "authenticator"), requirement: str(x, "requirement"), priority: num(x, "priority")}
		if sub := named(flows, str(x, "flowAlias")); sub != nil && !boolean(sub, "topLevel") {
			rest := sift.Out(flows, func(y map[string]any) bool { return str(y, "alias") == str(sub, "alias") }) // none is below itself
			e.flow = newFlow(sub, rest, configs)
		}
		if found := named(configs, str(x, "authenticatorConfig")); found != nil {
			cfg, _ := found["config"].(map[string]any)
			e.config = &authConfig{id: cmp.Or(str(found, "id"), newID()), alias: str(found, "alias"), config: maps.Clone(cfg)}
		}
		f.executions = append(f.executions, e)
	}
	sort.SliceStable(f.executions, func(i, j int) bool { return f.executions[i].priority < f.executions[j].priority })
	return f
}

// eachFlow calls f for every flow, at any depth, until it returns true.
func eachFlow(l []*authFlow, f func(*authFlow) bool) bool {
	for _, x := range l {
		if f(x) {
			return true
		}
		for _, e := range x.executions {
			if e.flow != nil && eachFlow([]*authFlow{e.flow}, f) {
				return true
			}
		}
	}
	return false
}

func (s *Server) flowBy(r *realm, is func(*authFlow) bool) *authFlow {
	var found *authFlow
	eachFlow(s.flowsOf(r), func(f *authFlow) bool {
		if is(f) {
			found = f
		}
		return found != nil
	})
	return found
}

func (s *Server) flowByAlias(r *realm, alias string) *authFlow {
	return s.flowBy(r, func(f *authFlow) bool { return f.alias == alias })
}

// model is a flow without its executions, as 24.0.5 answers changes.
func (f *authFlow) model() map[string]any {
	m := map[string]any{"id": f.id, "providerId": f.provider, "topLevel": f.topLevel, "builtIn": f.builtIn}
	if f.alias != "" {
		m["alias"] = f.alias
	}
	if f.description != nil {
		m["description"] = f.description
	}
	return m
}

func (f *authFlow) rep() map[string]any {
	m := f.model()
	l := []any{}
	for _, e := range f.executions {
		x := map[string]any{"authenticatorFlow": e.flow != nil, "autheticatorFlow": e.flow != nil, "priority": e.priority,
			"requirement": e.requirement, "userSetupAllowed": false}
		if e.authenticator != "" {
			x["authenticator"] = e.authenticator
		}
		if e.flow != nil {
			x["flowAlias"] = e.flow.alias
		}
		if e.config != nil {
			x["authenticatorConfig"] = e.config.alias
		}
		l = append(l, x)
	}
	m["authenticationExecutions"] = l
	return m
}

// copyFlow copies a flow under a new name; the flows below get it as a prefix.
func copyFlow(f *authFlow, alias, prefix string) *authFlow {
	to := &authFlow{id: newID(), alias: alias, description: f.description, provider: f.provider, topLevel: f.topLevel}
	for _, e := range f.executions {
		x := *e
		x.id = newID()
		if e.flow != nil {
			x.flow = copyFlow(e.flow, prefix+" "+e.flow.alias, prefix)
		}
		if e.config != nil {
			x.config = &authConfig{id: newID(), alias: prefix + " " + e.config.alias, config: maps.Clone(e.config.config)}
		}
		to.executions = append(to.executions, &x)
	}
	return to
}

var flowSchema = newSchema("AuthenticationFlowRepresentation", "id alias description providerId", "topLevel builtIn", "", "", "", "authenticationExecutions")

func (c *call) listFlows() error {
	if x := c.auth.on(c.realm); !x.canViewRealm() && !x.any("query-clients", "view-clients") {
		return c.errForbidden()
	}
	out := []any{}
	for _, f := range c.s.flowsOf(c.realm) {
		out = append(out, f.rep())
	}
	return c.ok(out)
}

func (c *call) getFlow() error {
	if !c.auth.on(c.realm).canViewRealm() {
		return c.errForbidden()
	}
	f := c.s.flowBy(c.realm, func(f *authFlow) bool { return f.id == c.param("id") })
	if f == nil {
		return errText(http.StatusNotFound, "Could not find flow with id")
	}
	return c.ok(f.rep())
}

// addFlow keeps a new top-level flow.
func (c *call) addFlow(f *authFlow) error {
	if len(c.s.flowsOf(c.realm)) >= maxPerRealm/10 {
		return errLimit("The practice Keycloak keeps no more authentication flows in a realm: delete one first.")
	}
	c.realm.flows = append(c.realm.flows, f)
	c.noCache()
	return nil
}

func (c *call) postFlow() error {
	rep, err := c.object(flowSchema)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).canManageRealm() {
		return c.errForbidden()
	}
	alias := str(rep, "alias")
	switch {
	case alias == "":
		return errMessage(http.StatusConflict, "Failed to create flow with empty alias name")
	case c.s.flowByAlias(c.realm, alias) != nil:
		return errMessage(http.StatusConflict, "Flow "+alias+" already exists")
	case str(rep, "providerId") == "":
		return c.errDuplicate("Duplicate resource error")
	}
	id := str(rep, "id")
	switch {
	case id == "":
		id = newID()
	case c.s.flowBy(c.realm, func(f *authFlow) bool { return f.id == id }) != nil:
		return c.errDuplicate("Duplicate resource error")
	}
	f := &authFlow{id: id, alias: alias, description: cmp.Or(rep["description"], any("")), provider: str(rep, "providerId"), topLevel: boolean(rep, "topLevel")}
	if err := c.addFlow(f); err != nil {
		return err
	}
	return c.created(f.id)
}

func (c *call) copyFlow() error {
	rep, err := c.anyObject()
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).canManageRealm() {
		return c.errForbidden()
	}
	name := str(rep, "newName")
	if name != "" && c.s.flowByAlias(c.realm, name) != nil {
		return errMessage(http.StatusConflict, "New flow alias name already exists")
	}
	from := c.s.flowByAlias(c.realm, c.param("id"))
	if from == nil {
		c.noCache()
		return c.errFlowGone("Flow not found")
	}
	to := copyFlow(from, name, name)
	if err := c.addFlow(to); err != nil {
		return err
	}
	if !c.behavior().flowCopyLocation {
		c.status = http.StatusCreated
		return nil
	}
	return c.created(to.id)
}

// errFlowGone: 24.0.5 answers an unknown alias with a bare 404.
func (c *call) errFlowGone(text string) error {
	if !c.behavior().flowErrorSentence {
		return &failure{status: http.StatusNotFound}
	}
	c.w.Header().Del("Cache-Control")
	return errText(http.StatusNotFound, text)
}

func (c *call) putFlow() error {
	rep, err := c.object(flowSchema)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).canManageRealm() {
		return c.errForbidden()
	}
	alias := str(rep, "alias")
	if alias == "" {
		return errMessage(http.StatusConflict, "Failed to update flow with empty alias name")
	}
	f := c.s.flowBy(c.realm, func(f *authFlow) bool { return f.id == c.param("id") })
	if f == nil {
		return errText(http.StatusNotFound, "Illegal execution flow")
	}
	if o := c.s.flowByAlias(c.realm, alias); o != nil && o != f {
		return errMessage(http.StatusConflict, "Flow "+alias+" already exists")
	}
	if str(rep, "providerId") == "" {
		return c.errDuplicate("Duplicate resource error")
	}
	for _, b := range flowBindings {
		if f.topLevel && str(c.realm.rep, b) == f.alias {
			c.realm.rep[b] = alias
		}
	}
	f.alias, f.description, f.provider = alias, rep["description"], str(rep, "providerId")
	return c.changedFlow(f)
}

var flowBindings = []string{"browserFlow", "registrationFlow", "directGrantFlow", "resetCredentialsFlow", "clientAuthenticationFlow",
	"dockerAuthenticationFlow", "firstBrokerLoginFlow"}

// changedFlow: 24.0.5 answers a change with the flow, later versions with nothing.
func (c *call) changedFlow(f *authFlow) error {
	c.noCache()
	if c.behavior().flowChangeEmpty {
		return c.noContent()
	}
	err := c.ok(f.model())
	c.status = http.StatusAccepted
	return err
}

func (c *call) deleteFlow() error {
	if !c.auth.on(c.realm).canManageRealm() {
		return c.errForbidden()
	}
	f := c.s.flowBy(c.realm, func(f *authFlow) bool { return f.id == c.param("id") })
	switch {
	case f == nil && c.behavior().flowErrorSentence:
		return errText(http.StatusNotFound, "Flow not found")
	case f == nil:
		return errText(http.StatusNotFound, "Could not find flow with id")
	case f.builtIn:
		return errText(http.StatusBadRequest, "Can't delete built in flow")
	}
	for _, b := range flowBindings {
		if f.topLevel && f.alias != "" && str(c.realm.rep, b) == f.alias {
			return c.errInternal()
		}
	}
	c.realm.flows = sift.Out(c.realm.flows, func(x *authFlow) bool { return x == f })
	eachFlow(c.realm.flows, func(x *authFlow) bool {
		x.executions = sift.Out(x.executions, func(e *authExecution) bool { return e.flow == f })
		return false
	})
	c.noCache()
	return c.noContent()
}

// listAuthProviders answers one of the lists of providers.
func listAuthProviders(name string) handler {
	return func(c *call) error {
		x := c.auth.on(c.realm)
		if !x.canViewRealm() && (!strings.HasPrefix(name, "client-") || !x.canQueryClients()) {
			return c.errForbidden()
		}
		return c.ok(c.s.def.auth.Providers[name])
	}
}
