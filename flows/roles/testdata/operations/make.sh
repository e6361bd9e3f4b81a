#!/usr/bin/env bash
# make.sh VERSION [URL]: prints the operations of Keycloak's admin API, one a line, from Keycloak's own annotations by the generator of its
# build (Maven and JDK 17), and from the description that a running server gives away:
#   kc.sh start-dev --features=openapi,client-admin-api --openapi-enabled=true      URL: http://localhost:9000/openapi?format=json
#   ./make.sh 26.7.4 URL > ../operations.tsv
set -euo pipefail
cd "$(dirname "$0")"
shopt -s nullglob
out=$(mktemp -d)
trap 'rm -rf "$out" target' EXIT
generate() { # into a folder, of which packages
  mvn -q -B -Dkeycloak="$version" compile io.smallrye:smallrye-open-api-maven-plugin:generate-schema "-DoutputDirectory=$out/$1" "${@:2}" >"$out/log" 2>&1 || { cat "$out/log" >&2; exit 1; }
}
version=$1
generate admin -DscanProfiles=admin -DscanPackages=org.keycloak.services,org.keycloak.authorization.admin,org.keycloak.organization.admin,org.keycloak.workflow.admin
generate ui -DscanPackages=org.keycloak.admin.ui
[ -z "${2-}" ] || curl -fsS "$2" >"$out/server.json"
python3 - "$version" "$out"/*/openapi.json "$out"/*.json <<'PYTHON'
import json, sys
lines = set()
for name in sys.argv[2:]:
    for path, operations in json.load(open(name))["paths"].items():
        for method in operations:
            if method in ("get", "post", "put", "delete", "patch"):
                lines.add((path.replace("{realmName}", "{realm}").rstrip("/"), method.upper()))
print("# The operations of Keycloak %s by its own OpenAPI descriptions, made by operations/make.sh." % sys.argv[1])
print("version\t%s" % sys.argv[1])
for path, method in sorted(lines):
    print("%s\t%s" % (method, path))
PYTHON
