package flows

import (
	"errors"
	"regexp"
	"strings"
	"sync"

	"fix403/flows/texts"
	"fix403/keycloak"
)

// Said is a sentence of package keycloak, an error's message or hint, in the language in use: that package knows nothing
// of languages. What is none of its sentences stays as it is.
func Said(sentence string) string {
	if sentence == "" || texts.Language() == texts.Languages()[0] {
		return sentence
	}
	for _, f := range failurePatterns() {
		found := f.FindStringSubmatch(sentence)
		if found == nil {
			continue
		}
		var values []any
		for _, value := range found[1:] {
			values = append(values, Said(Purpose(value)))
		}
		return texts.T(failures[f.at], values...)
	}
	return sentence
}

// SaidError is an error's message in the language in use.
func SaidError(err error) string {
	text := err.Error()
	var e *keycloak.Error
	if errors.As(err, &e) && e.Message != "" {
		return strings.Replace(text, e.Message, Said(e.Message), 1)
	}
	return text
}

// failurePattern finds a sentence; its groups are the values.
type failurePattern struct {
	*regexp.Regexp
	at int // of failures
}

var failurePatterns = sync.OnceValue(func() []failurePattern {
	var out []failurePattern
	for i, f := range failures {
		out = append(out, failurePattern{regexp.MustCompile("^(?s:" + strings.ReplaceAll(regexp.QuoteMeta(string(f)), "%s", "(.+?)") + ")$"), i})
	}
	return out
})

// failures are what package keycloak says, with %s for each value. Of two that fit, the first counts.
var failures = []texts.Text{
	"The call was given up.",
	"Try again when you like: what was made so far is used again.",
	"No whole answer came from %s in time.",
	"Try again, or allow more time (start fix403 with --timeout).",
	"The answer of %s is larger than %s MiB.",
	"No call of fix403 gets such an answer from a Keycloak: check the address.",
	"The certificate of %s comes from an authority that this machine does not know.",
	"Start fix403 with your CA's certificate: --ca-cert FILE (PEM).",
	"The certificate is for another name: %s.",
	"Use the name that stands in the certificate.",
	"The certificate of %s is not valid: %s.",
	"Check its dates on the server, and this machine's clock.",
	"%s answers in plain http, not https.",
	"Use http:// in the URL, or the server's https port.",
	"The TLS handshake with %s failed: %s.",
	"If the server asks for a client certificate, start fix403 with one: --client-cert and --client-key.",
	"The proxy on the way to %s can not be reached: %s.",
	"It is named by HTTPS_PROXY or HTTP_PROXY in the environment: correct it there, or name the server's host in NO_PROXY.",
	"There is no host of the name %s.",
	"Check the spelling of the URL.",
	"Nothing listens at %s (connection refused).",
	"Check host and port, and that the server runs.",
	"The connection to %s broke before the whole answer came.",
	"Try again; if it stays so, check that this is the server's http port and not its https port.",
	"%s can not be reached: %s.",
	"Check host and port.",
	"The proxy on the way to %s answered %s, and connects to nothing.",
	"The proxy on the way to %s wants a login (407).",
	"Write the proxy's user and password into HTTPS_PROXY or HTTP_PROXY, as http://user:password@host:port, or name the server's host in NO_PROXY.",
	"empty body",
	"a page of HTML",
	"no reason in the body",
	"nowhere (no Location header)",
	"%s redirects (%s) to %s.",
	"fix403 follows no redirect, since that would hand credentials to another address: give the address that the server itself uses.",
	"The realm requires https for requests from this address (sslRequired).",
	"Use the server's https address.",
	"%s is an https port, and was asked in plain http.",
	"Use https:// in the URL.",
	"%s asks for a client certificate, and got none that it accepts.",
	"Start fix403 with one: --client-cert and --client-key (PEM files).",
	"429: the server asks for fewer requests.",
	"Wait a while and try again.",
	"Wait %s, as the server asks, and try again.",
	"%s answered %s with %s: that is not Keycloak's answer, but one of something in front of it.",
	"Look at the proxy, firewall or gateway between here and Keycloak.",
	"401: the server does not know who is calling (%s).",
	"403: the server knows who is calling, and the caller may not (%s).",
	"Look whether it is on the server under this name, or was removed meanwhile, and try again.",
	"Somebody else created it meanwhile: try again, and what is there is looked at, or take another name.",
	"The server failed with %s (%s).",
	"Look into the server's log, and try again.",
	"Look at the request and its answer: the server's own words say what it does not accept.",
	"%s answered %s, but not as a Keycloak does.",
	"%s answered %s, but Keycloak answers %s there.",
	"%s answered %s, but without the content that Keycloak answers there.",
	"%s answered %s, but with content of unknown type where Keycloak answers JSON.",
	"%s answered %s, but with broken JSON.",
	"%s answered %s, but with content of type %s where Keycloak answers JSON.",
	"%s answered %s, but with %s where Keycloak answers JSON.",
	"%s answered %s without the new object's address (Location header).",
	"Something between here and Keycloak answers in its place, or this is no Keycloak: check the address.",
	"Something between here and Keycloak changes its answers, or this is no Keycloak.",
	"Check the address: this is another web server, or a proxy that answers in Keycloak's place.",
	"Check the address: something may answer in Keycloak's place.",
	"There is a web server at %s, but no Keycloak: neither %s nor %s is there.",
	"Give the address with its base path, the part before /realms/ in the URL of Keycloak's login page.",
	"Check name and password of the admin, and the realm in which the admin lives (master, or what --admin-realm says). An admin with a one-time code is refused in the same words when the code is missing: on a terminal fix403 asks for it, without one a client's secret does.",
	"Check name and password of the admin, and the realm in which the admin lives (master, or what --admin-realm says).",
	"The session has ended, and a one-time code counts only once: start again with a new one. What was made so far is used again.",
	"The given admin token expired at %s.",
	"Get a new one, or log in with user and password.",
	"The given admin token has expired, and a given token can not be renewed.",
	"Start again with a new token: what was made so far is used again.",
	"The token endpoint answered 200 without a usable access token.",
	"Edit only the part behind /admin/realms/.",
	"The token is only sent to the admin API of this server: %s/admin/…",
	"The realm master is never removed.",
	"The realm %s was not created by fix403: it is left as it is.",
	"If you want it gone, delete it in the Admin Console.",
	"The client %s was not created by fix403: it is left as it is.",
	"There is no client %s in the realm %s.",
	"There is no client %s in realm %s that this admin may see.",
	"Check the client id and the realm: both are case sensitive.",
	"The client has no secret.",
	"Switch client authentication on: a public client has none.",
	"There is no user %s in the realm %s.",
	"Check the username and the realm.",
	"The admin may see only the name of the realm %s.",
	"Use an admin with view-realm.",
	"The realm %s has no client scope %s.",
	"Create it again: it maps client roles into the token.",
	"Write it like https://sso.example.com or http://localhost:8080.",
	"There is no server URL.",
	"This is no URL.",
	"Credentials in the URL are not accepted: they end in logs and histories.",
	"Give the admin's name and password by their own flags or fields.",
	"A Keycloak is reached by http or https, not by %s.",
	"The URL %s has no host.",
	"This URL can not be used: %s.",
	"The request could not be sent: %s.",
	"The request was not sent.",
	"Use a name without slashes and control characters.",
	"There is no token.",
	"Give the access token alone: three parts of base64url text with dots between them, as in the access_token field of the token answer.",
	"This token has %s bytes, more than any server accepts in a header.",
	"This is an encrypted token (JWE, five parts).",
	"Only the server that encrypted it can read it.",
	"This is no JSON Web Token: it has %s parts, not 3.",
	"The header of this token is not base64url text of a JSON object.",
	"The payload of this token is not base64url text of a JSON object.",
	"This request could change something, and was not sent: %s.",
	"Leave --read-only away to allow it.",
	"The CA file can not be read: %s.",
	"Name a readable PEM file.",
	"The CA file %s holds no PEM certificate.",
	"A PEM file has lines of -----BEGIN CERTIFICATE-----.",
	"A client certificate needs its key, and a key its certificate.",
	"Give both or neither.",
	"The client certificate can not be used: %s.",
	"Give a PEM certificate and the key that belongs to it.",
	"The admin login of %s in realm %s was refused: %s",
	"The admin %s was refused at the call to %s: %s",
	"The server may have been started anew, or the session ended: try again, and fix403 logs in first. What was made so far is used again.",
	"The given token has expired or was revoked, and can not be renewed: start again with a new one. What was made so far is used again.",
	"There is no realm %s on this server.",
	"Check the realm's name: it is case sensitive.",
	"Check client id and secret, and that the client allows this grant.",
	"%s answered %s, where Keycloak answers anybody.",
	"fix403 follows no redirect, since that would hand credentials to another address: if that is your server, give its address itself, %s.",
	"The answer was not recorded.",
	"The body can not be written as JSON.",
	"This is no path: %s.",
	"A role mapping needs the id and the name of the role.",
	"This is no set of keys (JWKS).",
	"%s: try %s of %s in %s",
	"nothing listens there",
	"answered %s",
	"%s answered %s, but %s.",
	"%s can not be a %s.",
}
