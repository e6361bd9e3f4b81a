package roles

import (
	"net/http"
	"slices"

	"fix403/keycloak/msg"
	"fix403/keycloak/version"
)

// tokenAlone reports whether a server decides by the roles in the token alone, whatever the account holds by now: measured
// in the lab (docs/experiments.md) by a role that was granted, and one that was revoked, after the token was issued.
var tokenAlone = version.Facts[bool]{}.Measured(true, "22.0.5 24.0.5 25.0.6").Measured(false, "26.0.8 26.4.0 26.7.1 26.7.3 26.7.4")

// ByTokenAlone reports whether a version is known to decide by the roles in the token alone: measured, or likely.
func ByTokenAlone(on string) bool {
	return all(tokenAlone.At(version.Of(on), version.Equal), true)
}

func all(values []version.Value[bool], want bool) bool {
	return len(values) > 0 && !slices.ContainsFunc(values, func(v version.Value[bool]) bool { return v.Value != want })
}

// grants is who can grant a role of realm-management in a realm.
type grants struct {
	byRealm     version.Facts[bool]
	may, mayNot versionSet
}

func (m *Matrix) grants() grants {
	var g grants
	e := m.endpoints[slices.IndexFunc(m.endpoints, func(e *Endpoint) bool { return grantEndpoint(e) })]
	for i, t := range m.tables {
		row := t.at[e]
		if row == nil {
			continue
		}
		may := row.Cells[RealmAdmin].Succeeds()
		g.byRealm = g.byRealm.Measured(may, t.Version)
		if may {
			g.may |= 1 << i
		} else {
			g.mayNot |= 1 << i
		}
	}
	return g
}

func grantEndpoint(e *Endpoint) bool {
	return e.Method == http.MethodPost && e.Case == "view-users of realm-management" && pattern("* /users/{user-id}/*").matches(e)
}

// GrantsByMasterAlone reports whether a version is known to let no admin of a realm grant roles of realm-management, realm-admin
// neither, but only an admin of the realm master who has its realm role admin: measured, or likely.
func GrantsByMasterAlone(on string) bool {
	return all(Shipped().grants().byRealm.At(Shipped().versionOf(on), version.Equal), false)
}

// GrantsMeasured names the versions on which an admin of the realm can grant roles of realm-management, and those on which
// only one of the realm master can.
func GrantsMeasured() (byRealm, byMaster msg.Message) {
	m := Shipped()
	g := m.grants()
	return m.said(g.may), m.said(g.mayNot)
}
