package practice

import (
	"regexp"
	"testing"
)

// notIDs are what differs between two servers all the same: times, and what is secret.
var notIDs = regexp.MustCompile(`"(createdTimestamp|secret|client\.secret\.creation\.time|privateKey|certificate)":("[^"]*"|\[[^]]*\]|\d+)`)

// TestIDSeed: the same requests give the same ids, on each version.
func TestIDSeed(t *testing.T) {
	t.Parallel()
	for _, version := range Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			made := func(seed string) []string {
				c := newCaller(t, Options{Version: version, IDSeed: seed})
				adm := c.admin()
				c.want(201, "POST", "/admin/realms", adm, map[string]any{"realm": "lesson", "enabled": true})
				id := c.want(201, "POST", c.base()+"/clients", adm, map[string]any{"clientId": "c", "serviceAccountsEnabled": true}).id()
				all := []string{claimsOf(t, adm)["jti"].(string), id, c.createUser("john-doe", "", nil)}
				for _, path := range []string{"/clients", "/client-scopes", "/roles", "/users", "/components", "/clients/" + id + "/service-account-user"} {
					all = append(all, notIDs.ReplaceAllString(string(c.want(200, "GET", c.base()+path, adm, nil).body), ""))
				}
				return all
			}
			first, second, other, random := made("a"), made("a"), made("b"), made("")
			for i := range first {
				if first[i] != second[i] {
					t.Errorf("with the same seed:\n%s\n%s", first[i], second[i])
				}
				if first[i] == other[i] || first[i] == random[i] {
					t.Errorf("not by the seed: %s", first[i])
				}
			}
		})
	}
}
