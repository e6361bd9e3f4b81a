package paste

import (
	"net/http"
	"regexp"
	"strings"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

var (
	// ofLibrary finds what a library's error has, in its first line or in its stack.
	ofLibrary = regexp.MustCompile(`(?m)\w(?:Exception|Error)\b|\bError:|Error: |^\s+at [\w$./]+\(|^Traceback |^goroutine \d|status code:? 4\d\d|HTTP error - 4\d\d|resulted in a|^\S*[Ee]rror sending `)
	// commandLine finds a line that is a command, which may print such an error.
	commandLine = regexp.MustCompile(`(?m)^\s*(?:\$ |# |> |PS .*> )?(?:curl|wget|https?|kcadm(?:\.sh)?|docker|kubectl)\s`)
	address     = regexp.MustCompile("https?://[^\\s\"'`<>\\])},]+")
	// nearMethod finds a method in the words before an address, and namedMethod one that is said elsewhere.
	nearMethod  = regexp.MustCompile(`(?i)\b(GET|POST|PUT|DELETE|PATCH|HEAD)\b[^\n/]{0,24}$`)
	namedMethod = regexp.MustCompile(`(?im)\bmethod["']?\s*[:=]\s*["']?(GET|POST|PUT|DELETE|PATCH|HEAD)\b|\bKeycloak(Get|Post|Put|Delete)Error\b|, in (get|post|put|delete|patch)$`)
	// function finds the functions of Keycloak's libraries in a stack: of the Java client, gocloak and python-keycloak.
	function = regexp.MustCompile(`(?m)\b(\w+Resource)\.(\w+)\(|GoCloak\)?\.(\w+)\(|keycloak\S*\.py", line \d+, in (?:a_)?(\w+)$`)
)

// functions are calls by the functions of libraries, in lower case and without underlines: the method, and the path below the realm.
// Sources: keycloak-admin-client 26, gocloak 13, python-keycloak 5.
var functions = map[string]string{ // #nosec G101 -- names of functions
	"usersresource.list": "GET users", "usersresource.search": "GET users", "usersresource.searchbyemail": "GET users", "usersresource.searchbyusername": "GET users", "usersresource.count": "GET users/count", "usersresource.create": "POST users",
	"userresource.torepresentation": "GET users/{user-id}", "userresource.update": "PUT users/{user-id}", "userresource.remove": "DELETE users/{user-id}", "userresource.resetpassword": "PUT users/{user-id}/reset-password", "userresource.groups": "GET users/{user-id}/groups", "userresource.joingroup": "PUT users/{user-id}/groups/{group-id}",
	"clientsresource.findall": "GET clients", "clientsresource.findbyclientid": "GET clients", "clientsresource.create": "POST clients",
	"groupsresource.groups": "GET groups", "groupsresource.add": "POST groups", "rolesresource.list": "GET roles", "rolesresource.create": "POST roles", "realmresource.torepresentation": "GET ", "realmresource.update": "PUT ",
	"organizationsresource.getall": "GET organizations", "organizationsresource.search": "GET organizations", "organizationsresource.create": "POST organizations", "identityprovidersresource.findall": "GET identity-provider/instances",
	"getusers": "GET users", "getuserbyid": "GET users/{user-id}", "getuser": "GET users/{user-id}", "createuser": "POST users", "updateuser": "PUT users/{user-id}", "deleteuser": "DELETE users/{user-id}", "setpassword": "PUT users/{user-id}/reset-password", "setuserpassword": "PUT users/{user-id}/reset-password", "getusercount": "GET users/count", "userscount": "GET users/count", "getuserid": "GET users",
	"getclients": "GET clients", "getclientid": "GET clients", "createclient": "POST clients", "getgroups": "GET groups", "creategroup": "POST groups", "getrealmroles": "GET roles", "createrealmrole": "POST roles", "getrealm": "GET ", "getidps": "GET identity-provider/instances", "getidentityproviders": "GET identity-provider/instances", "getorganizations": "GET organizations",
}

// trace is what a library's error says of the call.
type trace struct {
	method  string // "" where it is not named
	address string // with its server; "" without one
	path    string // below the server; "" where neither an address nor a function of a library shows it
	exact   bool   // the path stands in the text
}

// traced returns what a library's error says of its call; false for another text.
func traced(text string) (trace, bool) {
	if !ofLibrary.MatchString(text) || commandLine.MatchString(text) {
		return trace{}, false
	}
	var t trace
	if m := namedMethod.FindStringSubmatch(text); m != nil {
		t.method = strings.ToUpper(m[1] + m[2] + m[3])
	}
	for _, at := range address.FindAllStringIndex(text, -1) {
		raw := strings.TrimRight(text[at[0]:at[1]], ".:;")
		if !ofKeycloak(raw) || strings.Contains(raw, "/protocol/openid-connect/token") {
			continue
		}
		a, err := Split(raw)
		if err != nil {
			continue
		}
		t.address, t.path, t.exact = raw, a.Path, true
		if m := nearMethod.FindStringSubmatch(text[max(0, at[0]-80):at[0]]); m != nil {
			t.method = strings.ToUpper(m[1])
		}
		return t, true
	}
	if m := adminPath.FindStringSubmatch(text); m != nil {
		t.path, t.exact = m[2], true
		if m[1] != "" {
			t.method = m[1]
		}
		return t, true
	}
	for _, m := range function.FindAllStringSubmatch(text, -1) {
		name := m[3] + m[4]
		if m[1] != "" {
			name = m[1] + "." + m[2]
		}
		if call, known := functions[strings.ReplaceAll(strings.ToLower(name), "_", "")]; known {
			method, below, _ := strings.Cut(call, " ")
			t.method, t.path = method, strings.TrimSuffix("/admin/realms/my-realm/"+below, "/")
			break
		}
	}
	return t, true
}

// readTrace reads the call of a library's error that names its method and its address. Its token is not in it.
func readTrace(text string) ([]*Call, bool, error) {
	t, is := traced(text)
	if !is {
		return nil, false, nil
	}
	if t.address == "" || t.method == "" {
		return nil, true, t.unread()
	}
	c := blank()
	c.Method, c.urls, c.Variable, c.bodyUnknown = t.method, []string{t.address}, true, true
	call, err := c.whole()
	if err != nil {
		return nil, true, err
	}
	call.Traced, call.AsksJSON = true, true
	return []*Call{call}, true, nil
}

// unread returns what to give in the place of the error: its own call, as far as it shows.
func (t trace) unread() error {
	method, path := t.method, t.path
	if method == "" {
		method = http.MethodGet
	}
	if path == "" {
		path = "/admin/realms/my-realm/users"
	}
	base := "https://sso.example.com"
	if a, err := Split(t.address); err == nil && t.address != "" {
		base = a.Base
	}
	message := msg.New("This is a library's error: it shows neither the URL of the call nor its token.")
	switch {
	case t.exact && t.method == "":
		message = msg.New("This is a library's error: it shows the URL of the call, but neither its method nor its token.")
	case t.exact:
		message = msg.New("This is a library's error: it shows the path of the call, but neither its server nor its token.")
	}
	return &failure.Error{Kind: failure.BadInput, Message: message, Hint: InWords(base, method, path)}
}

// InWords returns how to give a call and its token in the place of a text that does not hold them.
func InWords(base, method, path string) msg.Message {
	path, _, _ = strings.Cut(path, "?")
	return msg.New(`Give the call and its token, with your own values where these are not: --url %s --call "%s %s" --token-file FILE.`, base, method, path)
}
