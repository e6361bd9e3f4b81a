package practice

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// otherInstallations are the providers of installation files that are not here.
var otherInstallations = []string{"docker-v2-compose-yaml", "docker-v2-registry", "docker-v2-variable-override", "keycloak-saml", "keycloak-saml-subsystem",
	"keycloak-saml-subsystem-cli", "mod-auth-mellon", "saml-idp-descriptor", "saml-sp-descriptor"}

// installation is the file by which an adapter finds this server (measured on 26.7.4).
func (c *call) installation() error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	k, base := c.client, c.baseURL()+"/"
	tls, secret := str(c.realm.rep, "sslRequired"), k.secret
	hasSecret := !k.flag("publicClient") && !k.flag("bearerOnly")
	switch id := c.param("provider"); id {
	case "keycloak-oidc-keycloak-json":
		c.raw = c.adapterJSON()
	case "keycloak-oidc-jboss-subsystem":
		xml := fmt.Sprintf("<secure-deployment name=\"WAR MODULE NAME.war\">\n    <realm>%s</realm>\n    <auth-server-url>%s</auth-server-url>\n", c.realm.name, base)
		if k.flag("bearerOnly") {
			xml += "    <bearer-only>true</bearer-only>\n"
		}
		xml += fmt.Sprintf("    <ssl-required>%s</ssl-required>\n    <resource>%s</resource>\n", strings.ToUpper(tls), k.clientID)
		if k.flag("publicClient") {
			xml += "    <public-client>true</public-client>\n"
		}
		if hasSecret {
			xml += fmt.Sprintf("    <credential name=\"secret\">%s</credential>\n", secret)
		}
		c.raw = []byte(xml + "</secure-deployment>\n")
	default:
		if slices.Contains(otherInstallations, id) || id == "keycloak-oidc-jboss-subsystem-cli" {
			return errNotImplemented("installation files of the kind " + id)
		}
		return errText(http.StatusNotFound, "Unknown Provider")
	}
	c.status, c.ctype = http.StatusOK, textPlain
	return nil
}

// adapterJSON is the file keycloak.json, in the order and with the blanks that Keycloak writes.
func (c *call) adapterJSON() []byte {
	k := c.client
	lines := []string{}
	add := func(name string, v any) {
		b, _ := json.Marshal(v) // strings, numbers and flags
		lines = append(lines, fmt.Sprintf("  %q : %s", name, b))
	}
	add("realm", c.realm.name)
	if k.flag("bearerOnly") {
		add("bearer-only", true)
	}
	add("auth-server-url", c.baseURL()+"/")
	add("ssl-required", strings.ToLower(str(c.realm.rep, "sslRequired")))
	add("resource", k.clientID)
	if k.flag("publicClient") && !k.flag("bearerOnly") {
		add("public-client", true)
	}
	if len(k.roles) > 0 {
		add("verify-token-audience", true)
	}
	if !k.flag("publicClient") && !k.flag("bearerOnly") {
		b, _ := json.Marshal(k.secret)
		lines = append(lines, fmt.Sprintf("  \"credentials\" : {\n    \"secret\" : %s\n  }", b))
	}
	if len(k.roles) > 0 {
		add("use-resource-role-mappings", true)
	}
	add("confidential-port", 0)
	return []byte("{\n" + strings.Join(lines, ",\n") + "\n}")
}
