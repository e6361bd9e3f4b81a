package script

import (
	"encoding/json"
	"fmt"
	"strings"

	"fix403/flows/params"
	"fix403/keycloak"
	"fix403/keycloak/foreign"
)

// The steps as one program, in parts that share their variables. It takes nothing but what Node has by itself, and is without types, so
// that each Node from 18 on runs it as it is.

// js returns a value as JavaScript writes it.
func js(value any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // a & of a URL stays one
	_ = e.Encode(value)    // texts always can be
	return foreign.Line(strings.TrimSpace(b.String()))
}

func connectTypeScript(s Scene) string {
	admin := adminFor(s)
	login := `grant_type: "password", client_id: "admin-cli",
  username: process.env.ADMIN_USER ?? ` + js(admin.name) + `, password: process.env.ADMIN_PASSWORD ?? "",`
	if s.AdminIsClient {
		login = `grant_type: "client_credentials", client_id: ` + js(admin.name) + `,
  client_secret: process.env.ADMIN_PASSWORD ?? "",`
	}
	return `const base = process.env.KEYCLOAK ?? ` + js(serverFor(s)) + `;

const done = async (asked) => {
  const answer = await asked;
  if (!answer.ok) throw new Error(answer.status + " " + (await answer.text()));
  return answer;
};
const idOf = (made) => made.headers.get("Location")?.split("/").pop();

const token = async (realm, login) => {
  const url = base + "/realms/" + realm + "/protocol/openid-connect/token";
  const answer = await done(fetch(url, { method: "POST", body: new URLSearchParams(login) }));
  return (await answer.json()).access_token;
};
const call = (bearer, path, method = "GET", body = undefined) =>
  fetch(base + "/admin/realms" + path, {
    method,
    headers: { Authorization: "Bearer " + bearer, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });

const admin = await token(` + js(admin.realm) + `, {
  ` + login + `
});
const read = async (path) => (await done(call(admin, path))).json();
`
}

func realmTypeScript(s Scene) string {
	out := "const realm = " + js(s.Params.Realm) + ";\n"
	if !s.Existing {
		out += `await done(call(admin, "", "POST", { realm, enabled: true }));` + "\n"
	}
	return out
}

func clientTypeScript(s Scene) string {
	redirects := ""
	if uris := s.Params.RedirectURIs; len(uris) > 0 {
		redirects = " redirectUris: " + js(uris) + ","
	}
	return "const clientId = " + js(s.Params.ClientID) + `;
const client = idOf(await done(call(admin, ` + "`/${realm}/clients`" + `, "POST", {
  clientId, protocol: "openid-connect", enabled: true, publicClient: false,
  authorizationServicesEnabled: false, standardFlowEnabled: true,
  directAccessGrantsEnabled: true, serviceAccountsEnabled: true,` + redirects + `
})));
const secret = (await read(` + "`/${realm}/clients/${client}/client-secret`" + `)).value;
`
}

func userTypeScript(s Scene) string {
	email := ""
	if s.Params.Email != "" {
		email = " email: " + js(s.Params.Email) + ","
	}
	return `const user = idOf(await done(call(admin, ` + "`/${realm}/users`" + `, "POST", {
  username: ` + js(s.Params.Username) + `,` + email + ` enabled: true,
})));
`
}

func firstCallTypeScript(s Scene) string {
	const begin = `const login = { grant_type: "client_credentials", client_id: clientId, client_secret: secret };
const path = ` + "`/${realm}/users/${user}`" + `;
`
	const made = `const before = await token(realm, login);
console.log((await call(before, path)).status); // 403
`
	if !s.Audience {
		return begin + made
	}
	return begin + `console.log((await call(await token(realm, login), path)).status); // ` + notMeant + `
const scopes = await read(` + "`/${realm}/client-scopes`" + `);
const scope = scopes.find((s) => s.name === ` + js(keycloak.AdminAPIScope) + `)?.id;
await done(call(admin, ` + "`/${realm}/clients/${client}/default-client-scopes/${scope}`" + `, "PUT"));
` + made
}

func grantTypeScript(Scene) string {
	return `const account = (await read(` + "`/${realm}/clients/${client}/service-account-user`" + `)).id;
const management = (await read(` + "`/${realm}/clients?clientId=" + keycloak.RealmManagement + "`" + `))[0].id;
const role = await read(` + "`/${realm}/clients/${management}/roles/" + params.TheRole + "`" + `);
await done(call(admin, ` + "`/${realm}/users/${account}/role-mappings/clients/${management}`" + `, "POST", [role]));
`
}

func secondCallTypeScript(s Scene) string {
	return fmt.Sprintf(`console.log((await call(before, path)).status); // %s
console.log((await call(await token(realm, login), path)).status); // a new token: 200
`, oldTokenGets(s))
}
