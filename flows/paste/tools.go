package paste

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/keycloak/wire"
)

// blank returns a command that is not read yet.
func blank() *command { return &command{Call: &Call{}} }

// options splits the words of a tool into its options, of which those in withValue take the next word, and the others.
func options(words []string, withValue ...string) (named map[string][]string, others []string) {
	named = map[string][]string{}
	for i := 0; i < len(words); i++ {
		w := words[i]
		name, value, inline := cut(w)
		switch {
		case !strings.HasPrefix(w, "-") || w == "-":
			others = append(others, w)
		case inline && strings.HasPrefix(w, "--"):
			named[name] = append(named[name], value)
		case slices.Contains(withValue, w) && i+1 < len(words):
			i++
			named[w] = append(named[w], words[i])
		default:
			named[w] = append(named[w], "")
		}
	}
	return named, others
}

func last(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// readWget reads the words behind wget. Source of the options: wget's manual, version 1.24.
func readWget(words []string) (*Call, error) {
	named, urls := options(words, "--header", "--method", "--post-data", "--body-data", "--user", "--password", "--http-user", "--http-password",
		"-O", "-o", "--output-document", "-U", "-T", "-t", "--timeout", "--tries", "--ca-certificate")
	c := blank()
	c.dataType = "application/x-www-form-urlencoded"
	c.urls = urls
	for _, h := range named["--header"] {
		c.header(h)
	}
	c.Method = strings.ToUpper(last(named["--method"]))
	c.data = append(named["--post-data"], named["--body-data"]...)
	if user := last(named["--user"]) + last(named["--http-user"]); user != "" {
		password := last(named["--password"]) + last(named["--http-password"])
		c.signIn(user, password, user+":"+password)
	}
	return c.whole()
}

// readHTTPie reads the words behind http or https. Source: HTTPie's documentation, version 3.2.
func readHTTPie(scheme string, words []string) (*Call, error) {
	named, items := options(words, "-a", "--auth", "-A", "--auth-type", "-o", "--output", "--timeout", "--verify", "--cert", "--session", "-p", "--print")
	c := blank()
	if len(items) > 1 && strings.ToUpper(items[0]) == items[0] && !strings.ContainsAny(items[0], ":/.") {
		c.Method, items = items[0], items[1:]
	}
	if len(items) == 0 {
		return nil, unread("", "The command has no URL.")
	}
	address := items[0]
	if strings.HasPrefix(address, ":") {
		address = "localhost" + address
	}
	if !strings.Contains(address, "://") {
		address = scheme + "://" + address
	}
	c.urls = []string{address}
	auth := last(named["-a"]) + last(named["--auth"])
	switch kind := last(named["-A"]) + last(named["--auth-type"]); {
	case kind == "bearer":
		c.header("Authorization: Bearer " + auth)
	case auth != "":
		user, password, _ := strings.Cut(auth, ":")
		c.signIn(user, password, auth)
	}
	query := url.Values{}
	for _, item := range items[1:] {
		i := strings.IndexAny(item, ":=")
		switch {
		case i <= 0:
		case strings.HasPrefix(item[i:], ":="), item[i] == '=' && !strings.HasPrefix(item[i:], "=="):
			c.data = append(c.data, url.QueryEscape(item[:i])+"="+url.QueryEscape(strings.TrimPrefix(item[i+1:], "=")))
		case strings.HasPrefix(item[i:], "=="):
			query.Add(item[:i], item[i+2:])
		default:
			c.header(item[:i] + ": " + item[i+1:])
		}
	}
	if len(query) > 0 {
		c.urls[0] += "?" + query.Encode()
	}
	return c.whole()
}

// kcadmLogin is what kcadm.sh config credentials is given.
type kcadmLogin struct {
	server, realm, client, user string
	secret, password            wire.Secret
	secretNamed                 bool
}

// login returns what the login sends to the token endpoint: kcadm's own client is admin-cli.
func (k *kcadmLogin) login(base string) *Login {
	if k.user == "" {
		return &Login{Base: base, Realm: k.realm, Grant: "client_credentials", ClientID: k.client, Secret: k.secret}
	}
	return &Login{Base: base, Realm: k.realm, Grant: grantPassword, secretHidden: k.secretNamed && k.secret.Empty(), ClientID: cmp.Or(k.client, "admin-cli"), Secret: k.secret, User: k.user, Password: k.password}
}

// written returns a secret that stands in the text; empty for one in a variable.
func written(value string) wire.Secret {
	if unknown(value) || redacted.MatchString(value) {
		return wire.Secret{}
	}
	return wire.NewSecret(value)
}

// verbs are kcadm's, and the methods of their calls.
var verbs = map[string]string{"get": http.MethodGet, "create": http.MethodPost, "update": http.MethodPut, "delete": http.MethodDelete}

// read reads the words behind kcadm.sh: a login gives no call. Source: kcadm.sh help, 26.7.4.
func (k *kcadmLogin) read(words []string) (*Call, error) {
	named, others := options(words, "--server", "--realm", "-r", "--target-realm", "--client", "--secret", "--user", "--password", "--config", "-q", "--query",
		"-s", "--set", "-f", "--file", "--fields", "-F", "-o", "--offset", "--limit", "-l", "--format", "--truststore", "--trustpass", "-h", "--header")
	if slices.Equal(others, []string{"config", "credentials"}) {
		k.server, k.realm, k.client, k.user = last(named["--server"]), last(named["--realm"]), last(named["--client"]), last(named["--user"])
		k.secretNamed = len(named["--secret"]) > 0
		k.secret, k.password = written(last(named["--secret"])), written(last(named["--password"]))
		return nil, nil
	}
	if len(others) < 2 || verbs[others[0]] == "" {
		return nil, unread("", "This command of kcadm makes more than one call, or none.")
	}
	if k.server == "" {
		return nil, unread("", "The login of kcadm (kcadm.sh config credentials) is not in the text: it names the server.")
	}
	if k.user == "" && k.secret.Empty() {
		return nil, unread("", "The login of kcadm (kcadm.sh config credentials) uses neither a password nor a secret.")
	}
	realm := last(named["-r"]) + last(named["--target-realm"])
	if realm == "" {
		realm = k.realm
	}
	path := "/admin/realms/" + url.PathEscape(realm) + "/" + strings.TrimPrefix(others[1], "/")
	switch others[1] {
	case "realms":
		path = "/admin/realms"
	case "serverinfo":
		path = "/admin/serverinfo"
	}
	if strings.HasPrefix(others[1], "realms/") {
		path = "/admin/" + others[1]
	}
	c := blank()
	c.bodyUnknown = true // it is written in the words of kcadm, and not as it is sent
	c.Method = verbs[others[0]]
	c.urls = []string{strings.TrimSuffix(k.server, "/") + path}
	if queries := append(named["-q"], named["--query"]...); len(queries) > 0 {
		c.urls[0] += "?" + strings.Join(queries, "&")
	}
	call, err := c.whole()
	if err != nil {
		return nil, err
	}
	l := k.login(call.Base)
	call.AsksJSON = true
	call.Variable, call.Login, call.ClientID, call.Secret, call.SecretBase, call.TokenRealm = true, l, l.ClientID, l.Secret, call.Base, k.realm
	return call, nil
}

// whole checks a command that was read, and finishes it.
func (c *command) whole() (*Call, error) {
	switch {
	case len(c.urls) == 0:
		return nil, unread("", "The command has no URL.")
	case len(c.urls) > 1:
		return nil, unread("", "The command has %d URLs (or a value without its option).", len(c.urls))
	}
	return c.Call, c.finish()
}
