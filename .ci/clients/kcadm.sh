#!/usr/bin/env bash
# Tells the story with kcadm.sh of a Keycloak distribution ($KCADM) on the server $KEYCLOAK, whose admin is "admin" with
# $ADMIN_PASSWORD. Ends with an error if the first call is not 403 or the last one is no user.
set -euo pipefail
realm=story-kcadm-$RANDOM
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
admin() { "$KCADM" "$@" --config "$dir/admin"; }
client() { "$KCADM" "$@" --config "$dir/client"; }
# From 25 on kcadm.sh takes a secret from the environment: every user of this machine can read its command line.
KC_CLI_PASSWORD=$ADMIN_PASSWORD admin config credentials --server "$KEYCLOAK" --realm master --user admin
admin create realms -s realm=$realm -s enabled=true
id=$(admin create clients -r $realm -s clientId=svc -s enabled=true -s publicClient=false -s serviceAccountsEnabled=true -s standardFlowEnabled=true -s directAccessGrantsEnabled=true -i)
user=$(admin create users -r $realm -s username=john-doe -s email=john-doe@example.com -s enabled=true -i)
secret=$(admin get "clients/$id/client-secret" -r $realm --fields value --format csv --noquotes)
login() { KC_CLI_CLIENT_SECRET=$secret client config credentials --server "$KEYCLOAK" --realm $realm --client svc; }
login
if client get "users/$user" -r $realm >"$dir/first" 2>&1; then echo "the first call passed"; exit 1; fi
# 24.0.5 tells a 403 as "unknown_error", and kcadm shows the body, not the status.
grep -qE "403|unknown_error" "$dir/first" || { cat "$dir/first"; exit 1; }
admin add-roles -r $realm --uusername service-account-svc --cclientid realm-management --rolename view-users
login
client get "users/$user" -r $realm --fields username | grep -q john-doe
client get users -r $realm --fields username | grep -q john-doe
admin delete "realms/$realm"
echo "kcadm: 403, then 200"
