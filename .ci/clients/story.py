"""Tells the story with python-keycloak on the server $KEYCLOAK, whose admin is "admin" with $ADMIN_PASSWORD."""
import os
import random

from keycloak import KeycloakAdmin, KeycloakGetError, KeycloakOpenID, KeycloakOpenIDConnection

url, realm = os.environ["KEYCLOAK"] + "/", "story-python-%d" % random.randrange(10**6)
admin = KeycloakAdmin(server_url=url, username="admin", password=os.environ["ADMIN_PASSWORD"], realm_name="master", user_realm_name="master")
admin.create_realm({"realm": realm, "enabled": True})
try:
    admin.connection.get_token()
    admin.change_current_realm(realm)
    client = admin.create_client({"clientId": "svc", "enabled": True, "publicClient": False, "serviceAccountsEnabled": True})
    user = admin.create_user({"username": "john-doe", "email": "john-doe@example.com", "enabled": True})
    secret = admin.get_client_secrets(client)["value"]

    def read():
        connection = KeycloakOpenIDConnection(server_url=url, realm_name=realm, client_id="svc", client_secret_key=secret)
        return KeycloakAdmin(connection=connection).get_user(user)

    try:
        read()
        raise SystemExit("the first call passed")
    except KeycloakGetError as e:
        assert e.response_code == 403, e
    account = admin.get_client_service_account_user(client)["id"]
    management = admin.get_client_id("realm-management")
    admin.assign_client_role(account, management, [admin.get_client_role(management, "view-users")])
    assert read()["username"] == "john-doe"
    token = KeycloakOpenID(server_url=url, realm_name=realm, client_id="svc", client_secret_key=secret).token(grant_type="client_credentials")
    assert token["access_token"]
    print("python-keycloak: 403, then 200")
finally:
    admin.change_current_realm("master")
    admin.delete_realm(realm)
