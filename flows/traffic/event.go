package traffic

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"fix403/flows/roles"
	"fix403/keycloak/msg"
)

// event reads an event of Keycloak's log. An admin event names an operation and a resource, and neither a method nor a path, nor the realm that is
// called: its realm is the caller's. A login gives the name for the id of a user that admin events have.
func (in *reader) event(n int, message string, at time.Time) bool {
	if !strings.HasPrefix(message, "operationType=") && !strings.HasPrefix(message, "type=") {
		return false
	}
	in.log = true
	a := attributes(message)
	user := a["userId"]
	if a["operationType"] == "" {
		switch by, who := a["clientId"], a["username"]; {
		case user == "" || user == "null":
		case a["type"] == "CLIENT_LOGIN":
			in.names[user] = name(by)
		case a["type"] == "LOGIN" && who != "":
			in.names[user] = name(who)
		}
		in.skipped.Others++
		return true
	}
	c := Call{Time: at, Client: user, Realm: name(a["realmName"]), Line: n}
	if !c.ofEvent(a["operationType"], a["resourceType"], a["resourcePath"]) {
		in.unread(n, msg.New("it fits no known call"))
		return true
	}
	in.events = append(in.events, c)
	return true
}

// attributes reads key="value", key=value, ….
func attributes(message string) map[string]string {
	all := map[string]string{}
	for message != "" {
		key, rest, ok := strings.Cut(message, "=")
		if !ok {
			break
		}
		var value string
		if quoted, is := strings.CutPrefix(rest, `"`); is {
			value, message, _ = strings.Cut(quoted, `"`)
			message = strings.TrimPrefix(message, ", ")
		} else {
			value, message, _ = strings.Cut(rest, ", ")
		}
		if _, twice := all[key]; !twice {
			all[key] = value
		}
	}
	return all
}

// ofEvent finds the call that causes an admin event, such as CREATE of users/ID, which is POST /users. The table of calls decides between those that
// may: an event that fits none of them is not a call.
func (c *Call) ofEvent(operation, kind, resource string) bool {
	realm := "/admin/realms/{realm}"
	if c.Realm != "" && c.Realm != "master" { // whose accounts call any realm
		realm = "/admin/realms/" + c.Realm
	}
	if kind == "REALM" && operation != "UPDATE" && operation != "ACTION" {
		c.Method = map[string]string{"CREATE": http.MethodPost, "DELETE": http.MethodDelete}[operation]
		if c.Method == http.MethodPost {
			return c.clean("/admin/realms")
		}
		return c.Method != "" && c.clean("/admin/realms/"+resource)
	}
	path := realm
	if resource != "" && resource != "null" {
		path += "/" + resource
	}
	parent := path[:strings.LastIndex(path, "/")]
	var may []roles.Call
	switch operation {
	case "CREATE": // of an object in a collection, of an assignment, of a membership
		may = []roles.Call{{Method: http.MethodPost, Path: path}, {Method: http.MethodPost, Path: parent}, {Method: http.MethodPut, Path: path}}
	case "UPDATE":
		may = []roles.Call{{Method: http.MethodPut, Path: path}, {Method: http.MethodPost, Path: path}}
	case "DELETE":
		may = []roles.Call{{Method: http.MethodDelete, Path: path}, {Method: http.MethodPost, Path: path}}
	case "ACTION":
		may = []roles.Call{{Method: http.MethodPost, Path: path}, {Method: http.MethodPut, Path: path}}
	}
	i := slices.IndexFunc(may, func(call roles.Call) bool {
		_, err := roles.Shipped().Match(call)
		return err == nil
	})
	if i < 0 {
		return false
	}
	c.Method = may[i].Method
	return c.clean(may[i].Path)
}

// takeEvents takes the calls of admin events, with the names of their callers. Where the access log of the same server is there, too, it has these
// calls already, and the others as well.
func (in *reader) takeEvents() {
	if in.access {
		in.skipped.Others += len(in.events)
		return
	}
	for _, c := range in.events {
		c.Client = in.names[c.Client]
		in.calls = append(in.calls, c)
	}
}
