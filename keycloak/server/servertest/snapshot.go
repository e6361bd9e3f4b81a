package servertest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Snapshot is what a server holds of a realm: its settings, each client with its settings and scope, each user with all
// roles, service accounts too. Two are equal if nobody could tell the realms apart. get makes a GET below the realm's path
// and decodes the answer; false for any but a 200. Without the realm the snapshot is empty.
func Snapshot(get func(path string, into any) bool) map[string]string {
	s := snapshot{}
	var realm map[string]any
	if !get("", &realm) {
		return s
	}
	s.add("realm", realm)
	var clients, users []map[string]any
	get("/clients", &clients)
	get("/users?briefRepresentation=false", &users)
	for _, c := range clients {
		key := fmt.Sprint("client ", c["clientId"])
		var mapped any
		get(fmt.Sprintf("/clients/%s/scope-mappings", c["id"]), &mapped)
		s.add(key, c, mapped)
		var account map[string]any
		if c["serviceAccountsEnabled"] == true && get(fmt.Sprintf("/clients/%s/service-account-user", c["id"]), &account) {
			users = append(users, account)
		}
	}
	for _, u := range users {
		var roles any
		get(fmt.Sprintf("/users/%s/role-mappings", u["id"]), &roles)
		delete(u, "access") // what the asking admin may do
		s.add(fmt.Sprint("user ", u["username"]), u, roles)
	}
	return s
}

type snapshot map[string]string

func (s snapshot) add(key string, values ...any) {
	for _, v := range values {
		text, err := json.Marshal(sorted(v))
		if err != nil {
			text = []byte(err.Error())
		}
		s[key] += string(text) + "\n"
	}
}

// sorted has the elements of all lists in one order: a server gives scopes and roles in any.
func sorted(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = sorted(v[k])
		}
	case []any:
		text := func(v any) string { b, _ := json.Marshal(v); return string(b) }
		for i := range v {
			v[i] = sorted(v[i])
		}
		slices.SortFunc(v, func(a, b any) int { return strings.Compare(text(a), text(b)) })
	}
	return v
}
