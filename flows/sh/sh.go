// Package sh has words and commands for a shell.
package sh

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"fix403/flows/params"
	"fix403/keycloak"
	"fix403/keycloak/foreign"
	"fix403/keycloak/wire"
)

// Quote makes one shell word of s. What is hidden in it stands there by its bytes, as bash, zsh and ksh read them: it acts on no
// terminal, and the word is the same.
func Quote(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, foreign.Hidden) {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\'' || r == '\\':
			b.WriteString(`\` + string(r))
		case foreign.Hidden(r):
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		default:
			b.WriteRune(r)
		}
	}
	return "$'" + b.String() + "'"
}

// DownRealmCommand is the command that looks at one realm, as the same admin.
func DownRealmCommand(url, realm string, tls wire.TLS, admin keycloak.Credentials) string {
	return DownCommand(url, realm) + SameWay(tls, admin)
}

// DownCommand is the command that looks at a server, and at one realm unless that is "".
func DownCommand(url, realm string) string {
	cmd := "fix403 down --url " + Word(url)
	if realm != "" {
		cmd += " --realm " + Word(realm)
	}
	return cmd
}

// Word quotes what a shell would take for more than one word or for a pattern.
func Word(value string) string {
	if value == "" || strings.ContainsFunc(value, func(r rune) bool {
		return foreign.Hidden(r) || !strings.ContainsRune("-_./:@", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		return Quote(value)
	}
	return value
}

// SameWay are the flags by which a further command gets to the server as this run does, as the same admin.
func SameWay(tls wire.TLS, admin keycloak.Credentials) string {
	var b strings.Builder
	add := func(flag, value, usual string) {
		if value != "" && value != usual {
			b.WriteString(" --" + flag + " " + Word(value))
		}
	}
	add("admin-realm", admin.Realm, "master")
	if params.AsksForUser(admin) {
		add("admin-user", admin.User, "admin")
	}
	add("admin-client-id", admin.ClientID, "")
	add("ca-cert", tls.CACert, "")
	add("client-cert", tls.ClientCert, "")
	add("client-key", tls.ClientKey, "")
	return b.String()
}
