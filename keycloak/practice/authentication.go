package practice

// buildAuthentication is the class AuthenticationManagementResource.
func buildAuthentication() *class {
	k := (&class{}).
		on("GET", "flows", (*call).listFlows).
		on("POST", "flows", (*call).postFlow).
		on("GET", "flows/{id}", (*call).getFlow).
		on("PUT", "flows/{id}", (*call).putFlow).
		onAny("DELETE", "flows/{id}", (*call).deleteFlow).
		on("POST", "flows/{id}/copy", (*call).copyFlow).
		on("GET", "flows/{id}/executions", (*call).listExecutions).
		on("PUT", "flows/{id}/executions", (*call).putExecution).
		on("POST", "flows/{id}/executions/execution", (*call).postExecution).
		on("POST", "flows/{id}/executions/flow", (*call).postSubFlow).
		on("POST", "executions", managing("adding an execution by its representation")).
		on("GET", "executions/{id}", (*call).getExecution).
		onAny("DELETE", "executions/{id}", (*call).deleteExecution).
		onAny("POST", "executions/{id}/raise-priority", moveExecution(-1)).
		onAny("POST", "executions/{id}/lower-priority", moveExecution(1)).
		on("POST", "executions/{id}/config", managing("configuring an execution")).
		on("GET", "config/{id}", (*call).getAuthConfig).
		on("PUT", "config/{id}", managing("configuring an execution")).
		onAny("DELETE", "config/{id}", managing("configuring an execution")).
		on("GET", "config-description/{id}", (*call).describeAuthConfig).
		on("GET", "per-client-config-description", viewingNot("the settings of client authenticators")).
		on("GET", "required-actions", (*call).listRequiredActions).
		on("GET", "required-actions/{id}", (*call).getRequiredAction).
		on("PUT", "required-actions/{id}", (*call).putRequiredAction).
		onAny("DELETE", "required-actions/{id}", (*call).deleteRequiredAction).
		on("GET", "required-actions/{id}/config", (*call).getRequiredActionConfig).
		onAny("POST", "required-actions/{id}/raise-priority", moveAction(-1)).
		onAny("POST", "required-actions/{id}/lower-priority", moveAction(1)).
		on("GET", "unregistered-required-actions", (*call).listUnregisteredActions).
		on("POST", "register-required-action", (*call).registerAction)
	for _, p := range []string{"form-providers", "authenticator-providers", "client-authenticator-providers", "form-action-providers"} {
		k.on("GET", p, listAuthProviders(p))
	}
	return k
}

// managing and viewingNot check the role before they own up to what is missing.
func managing(what string) handler {
	return func(c *call) error {
		if !c.auth.on(c.realm).canManageRealm() {
			return c.errForbidden()
		}
		return errNotImplemented(what)
	}
}

func viewingNot(what string) handler {
	return func(c *call) error {
		if x := c.auth.on(c.realm); !x.canViewRealm() && !x.canQueryClients() {
			return c.errForbidden()
		}
		return errNotImplemented(what)
	}
}
