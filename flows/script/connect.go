package script

import (
	"net/url"
	"slices"
	"strings"

	"fix403/flows/change"
	"fix403/flows/sh"
	"fix403/keycloak/msg"
)

// Connect finds the server and logs the admin in.
var Connect = Step{Console: connectConsole, Curl: connectCurl, Kcadm: connectKcadm, Terraform: connectTerraform, TypeScript: connectTypeScript}

func connectConsole(s Scene) []msg.Message {
	admin := adminFor(s)
	switch {
	case s.Practice:
		return lines(msg.New("The practice server has no Admin Console. On your own Keycloak:"), msg.New("open its address with /admin at the end, and log in as an admin of the realm %s.", admin.realm))
	case s.AdminIsClient:
		return lines(msg.New("Open %s, and log in as an admin of the realm %s.", serverFor(s)+"/admin", admin.realm), msg.New("The client %s, as which fix403 is logged in, cannot log in there.", admin.name))
	}
	return lines(msg.New("Open %s.", serverFor(s)+"/admin/"+url.PathEscape(admin.realm)+"/console/"), msg.New("Log in as %s.", admin.name))
}

func connectCurl(s Scene) string {
	url, where := serverFor(s), ""
	if s.Practice {
		where = "   # where fix403 practice serves"
	}
	admin := adminFor(s)
	lines := []string{"KEYCLOAK=${KEYCLOAK:-" + word(url) + "}" + where}
	form, field := `-d grant_type=client_credentials --data-urlencode client_id=`+sh.Quote(admin.name), "client_secret"
	if !s.AdminIsClient {
		lines = append(lines, "ADMIN_USER=${ADMIN_USER:-"+word(admin.name)+"}"+askPassword)
		form, field = `-d grant_type=password -d client_id=admin-cli --data-urlencode "username=$ADMIN_USER"`, "password"
	}
	return joinLines(slices.Concat(lines, change.CurlBearer(), change.CurlToken("ADMIN_TOKEN", word(admin.realm), form, field, "ADMIN_PASSWORD"))...)
}

func connectKcadm(s Scene) string {
	admin := adminFor(s)
	lines := []string{"KEYCLOAK=${KEYCLOAK:-" + word(serverFor(s)) + "}"}
	option, account := "--client", sh.Quote(admin.name)
	if !s.AdminIsClient {
		lines = append(lines, "ADMIN_USER=${ADMIN_USER:-"+word(admin.name)+"}"+askPassword)
		option, account = "--user", `"$ADMIN_USER"`
	}
	return joinLines(slices.Concat(lines, change.KcadmSecrets, change.KcadmLogin(`"$KEYCLOAK"`, sh.Quote(admin.realm), option, account, "ADMIN_PASSWORD", ""))...)
}

func connectTerraform(s Scene) string {
	admin := adminFor(s)
	base, path := serverFor(s), ""
	if u, err := url.Parse(base); err == nil && strings.Trim(u.Path, "/") != "" {
		path = strings.TrimRight(u.Path, "/")
		base = strings.TrimSuffix(strings.TrimRight(base, "/"), path)
	}
	settings := [][2]string{{"url", change.HCL(base)}}
	if path != "" {
		settings = append(settings, [2]string{"base_path", change.HCL(path)})
	}
	if admin.realm != "master" {
		settings = append(settings, [2]string{"realm", change.HCL(admin.realm)})
	}
	secret := "KEYCLOAK_PASSWORD"
	if s.AdminIsClient {
		settings, secret = append(settings, [2]string{"client_id", change.HCL(admin.name)}), "KEYCLOAK_CLIENT_SECRET"
	} else {
		settings = append(settings, [2]string{"client_id", `"admin-cli"`}, [2]string{"username", change.HCL(admin.name)})
	}
	lines := []string{
		`terraform {`, `  required_providers {`, `    keycloak = {`, `      source = "keycloak/keycloak"`, `    }`, `  }`, `}`, ``,
		`# The secret is taken from ` + secret + `.`, `provider "keycloak" {`,
	}
	return joinLines(append(append(lines, attributes(settings)...), `}`)...)
}
