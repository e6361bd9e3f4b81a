#!/usr/bin/env bash
# Tells the story with curl and jq on the server $KEYCLOAK, whose admin is "admin" with $ADMIN_PASSWORD.
set -euo pipefail
# Secrets reach curl through pipes: every user of this machine can read its command line.
realm=story-curl-$RANDOM
bearer() { printf 'Authorization: Bearer %s\n' "$1"; }
token() { curl -fsS "$KEYCLOAK/realms/$1/protocol/openid-connect/token" "${@:2}" | jq -r .access_token; }
admin() { curl -fsS "$KEYCLOAK/admin/realms$1" -H @<(bearer "$ADMIN_TOKEN") -H 'Content-Type: application/json' "${@:2}"; }
client() { printf %s "$secret" | token $realm -d grant_type=client_credentials -d client_id=svc --data-urlencode client_secret@-; }
read_user() { bearer "$2" | curl -sS -o "$1" -w '%{http_code}' "$KEYCLOAK/admin/realms/$realm/users/$user" -H @-; }
ADMIN_TOKEN=$(printf %s "$ADMIN_PASSWORD" | token master -d grant_type=password -d client_id=admin-cli -d username=admin --data-urlencode password@-)
admin "" -d "$(jq -nc --arg realm $realm '{$realm, enabled: true}')"
trap 'admin "/$realm" -X DELETE' EXIT
id=$(admin "/$realm/clients" -D - -o /dev/null -d '{"clientId":"svc","enabled":true,"publicClient":false,"serviceAccountsEnabled":true}' | tr -d '\r' | sed -n 's#^[Ll]ocation:.*/##p')
user=$(admin "/$realm/users" -D - -o /dev/null -d '{"username":"john-doe","email":"john-doe@example.com","enabled":true}' | tr -d '\r' | sed -n 's#^[Ll]ocation:.*/##p')
secret=$(admin "/$realm/clients/$id/client-secret" | jq -r .value)
[ "$(read_user /dev/null "$(client)")" = 403 ] || { echo "the first call was not refused"; exit 1; }
account=$(admin "/$realm/clients/$id/service-account-user" | jq -r .id)
management=$(admin "/$realm/clients?clientId=realm-management" | jq -r '.[0].id')
admin "/$realm/clients/$management/roles/view-users" | jq -c '[{id, name}]' | admin "/$realm/users/$account/role-mappings/clients/$management" -d @-
[ "$(read_user >(jq -e '.username == "john-doe"' >/dev/null) "$(client)")" = 200 ] || { echo "the second call was refused"; exit 1; }
echo "curl and jq: 403, then 200"
