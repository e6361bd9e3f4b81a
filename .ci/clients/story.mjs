// Tells the story with @keycloak/keycloak-admin-client on the server $KEYCLOAK, whose admin is "admin" with
// $ADMIN_PASSWORD.
import assert from "node:assert";
import KcAdminClient from "@keycloak/keycloak-admin-client";

const baseUrl = process.env.KEYCLOAK;
const realm = `story-node-${Math.floor(Math.random() * 1e6)}`;
const admin = new KcAdminClient({ baseUrl, realmName: "master" });
const login = () => admin.auth({ username: "admin", password: process.env.ADMIN_PASSWORD, grantType: "password", clientId: "admin-cli" });
await login();
await admin.realms.create({ realm, enabled: true });
try {
  await login();
  const client = await admin.clients.create({ realm, clientId: "svc", enabled: true, publicClient: false, serviceAccountsEnabled: true });
  const user = await admin.users.create({ realm, username: "john-doe", email: "john-doe@example.com", enabled: true });
  const { value: clientSecret } = await admin.clients.getClientSecret({ realm, id: client.id });
  const read = async () => {
    const own = new KcAdminClient({ baseUrl, realmName: realm });
    await own.auth({ grantType: "client_credentials", clientId: "svc", clientSecret });
    return own.users.findOne({ id: user.id });
  };
  await assert.rejects(read, (e) => e.response?.status === 403);
  const account = await admin.clients.getServiceAccountUser({ realm, id: client.id });
  const [management] = await admin.clients.find({ realm, clientId: "realm-management" });
  const role = await admin.clients.findRole({ realm, id: management.id, roleName: "view-users" });
  await admin.users.addClientRoleMappings({ realm, id: account.id, clientUniqueId: management.id, roles: [{ id: role.id, name: role.name }] });
  assert.equal((await read()).username, "john-doe");
  console.log("node admin client: 403, then 200");
} finally {
  await admin.realms.del({ realm });
}
