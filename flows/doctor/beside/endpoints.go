package beside

import (
	"net/http"

	"fix403/flows/gate"
	"fix403/flows/texts"
	"fix403/keycloak/version"
)

// onThree are the versions on which each endpoint was measured, on 2026-11-30, in development mode.
var onThree = version.Facts[bool]{}.Measured(true, "24.0.5 26.4.0 26.7.4")

// NotItsOwn is what client registration means by a refusal to read or change a client.
const NotItsOwn texts.Text = "the token is not accepted for this client: a registration access token is of one client, and of the tokens of that client the newest one (a PUT with it gives a new one)"

// What endpoints want.
const (
	wantsAccount texts.Text = "Users manage their own account with it: it requires a user's token with the client account in its audience and roles of that client, such as view-profile; a service account is refused."
	wantsUMA     texts.Text = "It requires the token of a client that is a resource server, which means that authorization services are switched on."
	wantsReg     texts.Text = "Registering a client requires an initial access token, or an account with create-client or manage-clients of realm-management; reading one requires view-clients or that client's registration access token."
	wantsClient  texts.Text = "It requires a confidential client's own credentials, client_id and client_secret in the form or as Basic, and no access token in the header."
	wantsBrowser texts.Text = "It is a page for a browser, and takes no token."
)

// endpoints are those below a realm. The longer paths of one root come first.
var endpoints = []Endpoint{
	{
		ID: "userinfo", Name: "the userinfo endpoint", path: []string{"protocol", "openid-connect", "userinfo"}, Reading: []string{http.MethodPost}, Scope: "openid",
		Wants: "It requires a token of this realm with the scope openid: request the token with scope=openid. It requires no role.",
		reasons: []reason{
			{http.StatusForbidden, "Missing openid scope", gate.Identity, "the token lacks the scope openid"},
			{http.StatusUnauthorized, "Token verification failed", gate.Identity, "the token is not accepted in this realm"},
		},
		lookWith: "/protocol/openid-connect/userinfo",
	},
	{
		ID: "introspection", Name: "the token introspection endpoint", path: []string{"protocol", "openid-connect", "token", "introspect"}, Caller: ByClient, Reading: []string{http.MethodPost},
		Wants: "It requires POST with a confidential client's own credentials, client_id and client_secret in the form or as Basic, and the token to inspect in the form field token; a public client is not allowed.",
		reasons: []reason{
			{http.StatusForbidden, "Client not allowed", gate.Client, "the calling client is public, so it cannot prove its identity"},
			{http.StatusBadRequest, "Token not provided", gate.Route, "the form has no field token"},
			{http.StatusMethodNotAllowed, "", gate.Route, "it accepts only POST"},
			{http.StatusUnauthorized, "", gate.Client, "the client's credentials are missing or wrong"},
		},
	},
	{
		ID: "account-organizations", Name: "the organizations of a user's own account", path: []string{"account", "organizations", "**"}, Page: true, JSONByAccept: true, Feature: "ORGANIZATION",
		Wants: "It requires a user's token with the client account in its audience and the role view-profile or manage-account of that client, and organizations switched on in the realm.",
		reasons: []reason{
			{http.StatusNotFound, "", gate.Route, "organizations are not switched on in the realm, or nothing exists at this path"},
			{http.StatusUnauthorized, "", gate.Identity, "the token is not meant for the client account, or is a service account's"},
			{http.StatusForbidden, "", gate.Role, "the token carries no role of the client account that allows this"},
		},
		lookWith: "/account",
	},
	{
		ID: "account", Name: "the account API", path: []string{"account", "**"}, Wants: wantsAccount, Page: true, JSONByAccept: true,
		reasons: []reason{
			{http.StatusForbidden, "User-managed access", gate.Route, "user-managed access is not switched on in the realm"},
			{http.StatusForbidden, "", gate.Role, "the token carries no role of the client account that allows this"},
			{http.StatusNotFound, "API version", gate.Route, "this API has no such version"},
			{http.StatusUnauthorized, "", gate.Identity, "the token is not meant for the client account, or is a service account's"},
		},
		lookWith: "/account",
	},
	{
		ID: "broker-token", Name: "the endpoint for the token of an identity provider", path: []string{"broker", "*", "token"},
		Wants: "It requires a user's token with the role read-token of the client broker, and an identity provider that stores its tokens and to which that user is linked. It requires no role of realm-management.",
		reasons: []reason{
			{http.StatusForbidden, "not authorized to retrieve tokens", gate.Role, "the token does not carry the role read-token of the client broker"},
			{http.StatusBadRequest, "is not associated", gate.Object, "the user is not linked to this identity provider"},
			{http.StatusBadRequest, "does not support this operation", gate.Route, "this identity provider does not store tokens"},
			{http.StatusBadRequest, "Invalid token", gate.Identity, "the token is missing or not accepted"},
			{http.StatusBadGateway, "", gate.Object, "an identity provider with this alias probably does not exist"},
		},
	},
	{
		ID: "broker", Name: "the way of a login through an identity provider", path: []string{"broker", "**"}, Wants: wantsBrowser, Caller: ByBrowser, Page: true,
	},
	{
		ID: "uma", Name: "the UMA protection API", path: []string{"authz", "protection", "**"}, Wants: wantsUMA, Feature: "AUTHORIZATION",
		exempt: version.Facts[bool]{}.Measured(false, "24.0.5 26.4.0").Measured(true, "26.7.4"), // its role taken away, a new token: 403 and 200, on 2026-11-30
		reasons: []reason{
			{http.StatusForbidden, "is not registered as a resource server", gate.Client, "the client of the token has authorization services switched off"},
			{http.StatusForbidden, "uma_protection", gate.Role, "the token does not carry the role uma_protection of its own client, which its service account has where authorization services are switched on"},
			{http.StatusForbidden, "Could not obtain bearer", gate.Identity, "the token is missing or not accepted"},
		},
		lookWith: "/authz/protection/resource_set",
	},
	{
		ID: "authz", Name: "an endpoint of authorization services", path: []string{"authz", "**"},
		Wants: "Keycloak's endpoints are below authz/protection. Request permissions at the token endpoint, with the grant urn:ietf:params:oauth:grant-type:uma-ticket.",
		reasons: []reason{
			{http.StatusMethodNotAllowed, "", gate.Route, "nothing exists at this path"},
		},
	},
	{
		ID: "registration", Name: "client registration", path: []string{"clients-registrations", "**"}, Wants: wantsReg,
		reasons: []reason{
			{http.StatusForbidden, "Trusted Hosts", gate.Identity, "the call carries no token, and the realm's policies do not allow registration without one from this address"},
			{http.StatusForbidden, "", gate.Role, "the account behind the token may not do this here"},
			{http.StatusUnauthorized, "Not authorized to", gate.Identity, NotItsOwn},
			{http.StatusUnauthorized, "", gate.Identity, "the token is missing or not accepted for this"},
			{http.StatusNotFound, "provider not found", gate.Route, "this kind of registration does not exist; the kinds are: default, openid-connect, install, saml2-entity-descriptor"},
		},
	},
	{
		ID: "scim", Name: "the SCIM API", path: []string{"scim", "**"}, Feature: "SCIM_API",
		Wants: "It exists only where the server's feature scim-api is switched on.",
	},
	{
		ID: "certs", Name: "the list of the realm's keys", path: []string{"protocol", "openid-connect", "certs"}, Caller: Public, Wants: "It is public, and takes no token.",
	},
	{
		ID: "well-known", Name: "a document for discovery", path: []string{".well-known", "*"}, Caller: Public, Wants: "It is public, and takes no token.",
	},
	{
		ID: "par", Name: "the endpoint for pushed authorization requests", path: []string{"protocol", "openid-connect", "ext", "par", "request"}, Caller: ByClient, Feature: "PAR", Wants: wantsClient,
	},
	{
		ID: "ciba", Name: "the endpoint for logins through another device (CIBA)", path: []string{"protocol", "openid-connect", "ext", "ciba", "**"}, Caller: ByClient, Feature: "CIBA", Wants: wantsClient,
	},
	{
		ID: "device", Name: "the endpoint for logins of devices", path: []string{"protocol", "openid-connect", "auth", "device"}, Caller: ByClient, Feature: "DEVICE_FLOW", Page: true, Wants: wantsClient,
	},
	{
		ID: "revoke", Name: "the endpoint that revokes tokens", path: []string{"protocol", "openid-connect", "revoke"}, Caller: ByClient,
		Wants: "It requires POST with the client's own credentials, and the token to revoke in the form field token.",
		reasons: []reason{
			{http.StatusMethodNotAllowed, "", gate.Route, "it accepts only POST"},
			{http.StatusUnauthorized, "", gate.Client, "the client's credentials are missing or wrong"},
			{http.StatusBadRequest, "Token not provided", gate.Route, "the form has no field token"},
		},
	},
	{
		ID: "logout", Name: "the logout endpoint", path: []string{"protocol", "openid-connect", "logout"}, Caller: ByBrowser, Page: true,
		Wants: "Open it in a browser, or send POST with the client's own credentials and the refresh_token of the session.",
	},
	{
		ID: "token", Name: "the token endpoint", path: []string{"protocol", "openid-connect", "token"}, Caller: ByClient,
		Wants: "It requires POST with a form: grant_type, and the fields of that grant. It issues tokens and takes none in the header.",
		reasons: []reason{
			{http.StatusMethodNotAllowed, "", gate.Route, "it accepts only POST"},
		},
	},
	{
		ID: "auth", Name: "the login page", path: []string{"protocol", "openid-connect", "auth", "**"}, Caller: ByBrowser, Page: true, Wants: wantsBrowser,
	},
	{
		ID: "registrations", Name: "the registration page", path: []string{"protocol", "openid-connect", "registrations"}, Caller: ByBrowser, Page: true, Wants: wantsBrowser,
	},
	{
		ID: "login-actions", Name: "a step of the login pages", path: []string{"login-actions", "**"}, Caller: ByBrowser, Page: true,
		Wants: "It belongs to a login in progress in a browser, with its cookies, and takes no token.",
	},
	{
		ID: "saml", Name: "the SAML endpoint", path: []string{"protocol", "saml", "**"}, Caller: ByBrowser, Page: true, Wants: "It speaks SAML with a browser, and takes no token.",
	},
	{
		ID: "nodes", Name: "the registration of a client's nodes", path: []string{"clients-managements", "*"}, Caller: ByClient, Wants: wantsClient,
	},
}

// adminAPI2 is the second version of the admin API. It is measured where its feature is off.
var adminAPI2 = Endpoint{
	ID: "admin-api-v2", Name: "version 2 of the admin API", Feature: "CLIENT_ADMIN_API_V2",
	Wants: "It is experimental and exists only where the server's feature client-admin-api:v2 is switched on. Every Keycloak has its admin API below /admin/realms/.",
}

// console are the Admin Console's own pages.
var console = Endpoint{
	ID: "console", Name: "a page of the Admin Console", Caller: ByBrowser, Page: true,
	Wants: "It is for a browser. Programs call paths below /admin/realms/.",
	reasons: []reason{
		{http.StatusForbidden, "Token issued for an application", gate.Identity, "the token is not the Admin Console's own"},
	},
}
