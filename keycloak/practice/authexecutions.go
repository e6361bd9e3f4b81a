package practice

import (
	"encoding/json"
	"net/http"
	"slices"
)

// 24.0.5 does not know priority, and would refuse it.
var executionInfoSchema = newSchema("AuthenticationExecutionInfoRepresentation",
	"id requirement displayName alias description providerId authenticationConfig flowId", "configurable authenticationFlow", "level index priority", "requirementChoices", "", "")

// anyObject reads the body as a JSON object of any fields.
func (c *call) anyObject() (map[string]any, error) {
	var m map[string]any
	if err := json.Unmarshal(c.body, &m); err != nil {
		return nil, c.errParse("unknown_error")
	}
	return m, nil
}

// findExecution finds an execution and the flow it is in.
func (s *Server) findExecution(r *realm, id string) (parent *authFlow, at int) {
	eachFlow(s.flowsOf(r), func(f *authFlow) bool {
		if i := slices.IndexFunc(f.executions, func(e *authExecution) bool { return e.id == id }); i >= 0 {
			parent, at = f, i
		}
		return parent != nil
	})
	return parent, at
}

// theExecution is the one of the path's id.
func (c *call) theExecution(may bool) (*authFlow, int, error) {
	if !may {
		return nil, 0, c.errForbidden()
	}
	f, i := c.s.findExecution(c.realm, c.param("id"))
	if f == nil {
		return nil, 0, errText(http.StatusNotFound, "Illegal execution")
	}
	return f, i, nil
}

var flowChoices = []string{"REQUIRED", "ALTERNATIVE", "DISABLED", "CONDITIONAL"}

// executionInfos lists a flow's executions with those of the flows below, each
// after the execution it belongs to.
func (c *call) executionInfos(f *authFlow, level int, out []any) []any {
	for i, e := range f.executions {
		info := c.s.def.auth.Executions[e.authenticator]
		m := map[string]any{"id": e.id, "requirement": e.requirement, "displayName": info.DisplayName, "requirementChoices": info.Choices,
			"configurable": info.Configurable, "level": level, "index": i}
		if e.authenticator != "" {
			m["providerId"] = e.authenticator
		}
		if c.behavior().executionPriority {
			m["priority"] = e.priority
		}
		if e.config != nil {
			m["alias"], m["authenticationConfig"] = e.config.alias, e.config.id
		}
		if sub := e.flow; sub != nil {
			m["displayName"], m["requirementChoices"], m["configurable"] = sub.alias, flowChoices, false
			m["authenticationFlow"], m["flowId"] = true, sub.id
			if sub.description != nil {
				m["description"] = sub.description
			}
			if sub.provider == "form-flow" {
				m["requirementChoices"] = []string{"REQUIRED", "DISABLED"}
			} else {
				delete(m, "providerId")
			}
		}
		out = append(out, m)
		if e.flow != nil {
			out = c.executionInfos(e.flow, level+1, out)
		}
	}
	return out
}

func (c *call) listExecutions() error {
	if !c.auth.on(c.realm).canViewRealm() {
		return c.errForbidden()
	}
	f := c.s.flowByAlias(c.realm, c.param("id"))
	if f == nil {
		c.noCache()
		return c.errFlowGone("Flow not found")
	}
	return c.ok(c.executionInfos(f, 0, []any{}))
}

// putExecution changes an execution's requirement, and the name and
// description of the flow it refers to.
func (c *call) putExecution() error {
	rep, err := c.object(executionInfoSchema)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).canManageRealm() {
		return c.errForbidden()
	}
	f := c.s.flowByAlias(c.realm, c.param("id"))
	if f == nil {
		return errText(http.StatusNotFound, "flow not found")
	}
	parent, i := c.s.findExecution(c.realm, str(rep, "id"))
	if parent == nil {
		return errText(http.StatusNotFound, "Illegal execution")
	}
	e := parent.executions[i]
	if !slices.Contains(flowChoices, str(rep, "requirement")) {
		return c.errInternal()
	}
	if name := str(rep, "displayName"); e.flow != nil && name != "" {
		if o := c.s.flowByAlias(c.realm, name); o != nil && o != e.flow {
			return errMessage(http.StatusConflict, "Flow "+name+" already exists")
		}
		e.flow.alias = name
		if d, given := rep["description"]; given {
			e.flow.description = d
		}
	}
	e.requirement = str(rep, "requirement")
	return c.changedFlow(f)
}

func (c *call) getExecution() error {
	x := c.auth.on(c.realm)
	f, i, err := c.theExecution(x.canManageRealm() || c.behavior().executionByViewers && x.canViewRealm())
	if err != nil {
		return err
	}
	e := f.executions[i]
	m := map[string]any{"id": e.id, "parentFlow": f.id, "priority": e.priority, "requirement": e.requirement, "authenticatorFlow": e.flow != nil}
	if c.behavior().executionFlag {
		m["autheticatorFlow"] = e.flow != nil
	} else {
		for _, r := range flowChoices {
			m[map[string]string{"REQUIRED": "required", "ALTERNATIVE": "alternative", "DISABLED": "disabled", "CONDITIONAL": "conditional"}[r]] = r == e.requirement
		}
		m["enabled"] = e.requirement != "DISABLED"
	}
	if e.authenticator != "" {
		m["authenticator"] = e.authenticator
	}
	if e.flow != nil {
		m["flowId"] = e.flow.id
	}
	if e.config != nil {
		m["authenticatorConfig"] = e.config.id
	}
	return c.ok(m)
}

// growingFlow is the flow of the path, to which something may be added.
func (c *call) growingFlow() (*authFlow, error) {
	if !c.auth.on(c.realm).canManageRealm() {
		return nil, c.errForbidden()
	}
	f := c.s.flowByAlias(c.realm, c.param("id"))
	switch {
	case f == nil:
		return nil, errText(http.StatusBadRequest, "Parent flow doesn't exist")
	case f.builtIn:
		return nil, errText(http.StatusBadRequest, "It is illegal to add execution to a built in flow")
	case len(f.executions) >= maxPerRealm/10:
		return nil, errLimit("The practice Keycloak keeps no more executions in a flow: delete one first.")
	}
	return f, nil
}

// grow appends a disabled execution.
func (f *authFlow) grow(e *authExecution) {
	e.id, e.requirement = newID(), "DISABLED"
	if n := len(f.executions); n > 0 {
		e.priority = f.executions[n-1].priority + 1
	}
	f.executions = append(f.executions, e)
}

// createdAt answers 201 with a Location below authentication.
func (c *call) createdAt(path string) error {
	c.noCache()
	c.status = http.StatusCreated
	c.w.Header().Set("Location", c.adminURL()+"/authentication/"+path)
	return nil
}

func (c *call) postExecution() error {
	rep, err := c.anyObject()
	if err != nil {
		return err
	}
	f, err := c.growingFlow()
	if err != nil {
		return err
	}
	id := str(rep, "provider")
	if _, known := c.s.def.auth.Executions[id]; !known {
		return errText(http.StatusBadRequest, "No authentication provider found for id: "+id)
	}
	e := &authExecution{authenticator: id}
	f.grow(e)
	return c.createdAt("executions/" + e.id)
}

func (c *call) postSubFlow() error {
	rep, err := c.anyObject()
	if err != nil {
		return err
	}
	f, err := c.growingFlow()
	if err != nil {
		return err
	}
	alias := str(rep, "alias")
	if c.s.flowByAlias(c.realm, alias) != nil {
		return errMessage(http.StatusConflict, "New flow alias name already exists")
	}
	sub := &authFlow{id: newID(), alias: alias, description: str(rep, "description"), provider: str(rep, "type")}
	e := &authExecution{flow: sub}
	if sub.provider == "form-flow" {
		e.authenticator = str(rep, "provider")
	}
	f.grow(e)
	return c.createdAt("flows/" + sub.id)
}

func (c *call) deleteExecution() error {
	f, i, err := c.theExecution(c.auth.on(c.realm).canManageRealm())
	if err != nil {
		return err
	}
	if f.builtIn {
		return errText(http.StatusBadRequest, "It is illegal to remove execution from a built in flow")
	}
	f.executions = slices.Delete(f.executions, i, i+1)
	c.noCache()
	return c.noContent()
}

// moveExecution changes places with the neighbour before (by -1) or after (by 1).
func moveExecution(by int) handler {
	return func(c *call) error {
		f, i, err := c.theExecution(c.auth.on(c.realm).canManageRealm())
		if err != nil {
			return err
		}
		if f.builtIn {
			return errText(http.StatusBadRequest, "It is illegal to modify execution in a built in flow")
		}
		if j := i + by; j >= 0 && j < len(f.executions) {
			l := f.executions
			l[i].priority, l[j].priority = l[j].priority, l[i].priority
			l[i], l[j] = l[j], l[i]
		}
		c.noCache()
		return c.noContent()
	}
}

func (c *call) getAuthConfig() error {
	if !c.auth.on(c.realm).canViewRealm() {
		return c.errForbidden()
	}
	var found *authConfig
	eachFlow(c.s.flowsOf(c.realm), func(f *authFlow) bool {
		for _, e := range f.executions {
			if e.config != nil && e.config.id == c.param("id") {
				found = e.config
			}
		}
		return found != nil
	})
	if found == nil {
		return errText(http.StatusNotFound, "Could not find authenticator config")
	}
	return c.ok(map[string]any{"id": found.id, "alias": found.alias, "config": found.config})
}

// describeAuthConfig knows the providers that have nothing to configure.
func (c *call) describeAuthConfig() error {
	if !c.auth.on(c.realm).canViewRealm() {
		return c.errForbidden()
	}
	id := c.param("id")
	info, known := c.s.def.auth.Executions[id]
	if !known {
		return errText(http.StatusNotFound, "Could not find authenticator provider")
	}
	if info.Configurable {
		return errNotImplemented("the settings of the authenticator " + id)
	}
	help := ""
	for _, l := range c.s.def.auth.Providers {
		for _, p := range l {
			if str(p, "id") == id {
				help = str(p, "description")
			}
		}
	}
	return c.ok(map[string]any{"providerId": id, "name": info.DisplayName, "helpText": help, "properties": []any{}})
}
