package roles

import (
	"net/http"
	"slices"

	"fix403/keycloak/msg"
	"fix403/keycloak/version"
)

// reading is where a server reads the roles of a caller from.
type reading int

const (
	byToken           reading = iota // from the token alone, whatever the account holds by now
	byTokenOrAccount                 // from the token; at each call from the account where the token carries no role claims
	byTokenAndAccount                // a role has to be in the token, and to be held still
	byAccount                        // from the account, at each call
)

// readings were measured in the lab (docs/experiments.md) by a role that was granted, and one that was revoked, after the token
// was issued, and by a token without role claims.
var readings = version.Facts[reading]{}.Measured(byToken, "17.0.0 18.0.2 21.0.2 22.0.5 23.0.7 24.0.5 25.0.6").
	Measured(byTokenOrAccount, "26.0.8 26.1.4 26.2.5 26.3.5 26.4.0 26.4.7 26.5.6 26.6.4 26.7.0").
	Measured(byTokenAndAccount, "26.7.1 26.7.2").Measured(byAccount, "26.7.3 26.7.4")

// ByTokenAlone reports whether a version is known to decide by the roles in the token alone: measured, or likely.
func ByTokenAlone(on string) bool {
	values := readings.At(version.Of(on), version.Equal)
	return len(values) > 0 && !slices.ContainsFunc(values, func(v version.Value[reading]) bool { return v.Value != byToken })
}

// ByTokenWithClaims reports whether a version is known to decide by the roles in a token that carries role claims, whatever it does with
// one that carries none: measured, or likely.
func ByTokenWithClaims(on string) bool {
	values := readings.At(version.Of(on), version.Equal)
	return len(values) > 0 && !slices.ContainsFunc(values, func(v version.Value[reading]) bool { return v.Value != byToken && v.Value != byTokenOrAccount })
}

// OldTokenMeasured names the versions on which a token from before a grant was refused, and those on which it passed.
func OldTokenMeasured() (refused, passed msg.Message) {
	return readOn(byToken, byTokenOrAccount, byTokenAndAccount), readOn(byAccount)
}

// LiveWithoutClaims names the versions that look roles up at each call for a token without role claims, and for no other one.
func LiveWithoutClaims() msg.Message { return readOn(byTokenOrAccount) }

// readOn names the versions on which roles are read in one of some ways, as in "17.0.0 to 26.7.2".
func readOn(in ...reading) msg.Message {
	var parts []msg.Message
	ranges := readings.Ranges(func(a, b reading) bool { return slices.Contains(in, a) == slices.Contains(in, b) })
	for _, r := range ranges {
		if slices.Contains(in, r.Value) {
			parts = append(parts, msg.New("%s to %s", r.From, r.To))
		}
	}
	return msg.List(", ", parts...)
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
