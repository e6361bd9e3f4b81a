package acceptance

import "fix403/keycloak/version"

// What set-ups of the doctor suppose of a version: the answers of real servers to plain HTTP, measured without the program.
// A version between two that were measured to differ is in neither, and its set-ups are left out.
var (
	tokenBeforeGrant = version.Facts[int]{}.Measured(403, "24.0.5 26.4.0 26.6.4").Measured(200, "26.7.3 26.7.4")
	rolesScopeGone   = version.Facts[int]{}.Measured(403, "22.0.5 24.0.5 25.0.6").Measured(200, "26.0.8 26.4.0 26.4.7 26.5.6 26.6.4 26.7.1 26.7.2 26.7.3 26.7.4")
	lightweightToken = version.Facts[int]{}.Measured(200, "22.0.5").Measured(403, "24.0.5 25.0.6").Measured(200, "26.4.0 26.6.4 26.7.3 26.7.4") // of an account with the role
	algNone          = version.Facts[int]{}.Measured(500, "24.0.5 26.4.0").Measured(401, "26.6.4 26.7.3 26.7.4")
	twoSpaces        = version.Facts[int]{}.Measured(200, "24.0.5 26.4.0").Measured(401, "26.6.4 26.7.3 26.7.4")
	doubleSlash      = version.Facts[int]{}.Measured(200, "24.0.5 26.4.0").Measured(400, "26.6.4 26.7.3 26.7.4")
	headOfUser       = version.Facts[int]{}.Measured(200, "22.0.5").Measured(405, "24.0.5").Measured(200, "26.4.0 26.6.4 26.7.3 26.7.4")
	getOfReset       = version.Facts[int]{}.Measured(405, "22.0.5").Measured(404, "24.0.5 25.0.6 26.4.0 26.4.7 26.5.6 26.6.4 26.7.3 26.7.4") // GET of a call that is PUT alone
	realmEscaped     = version.Facts[int]{}.Measured(401, "24.0.5").Measured(200, "26.4.0 26.6.4 26.7.3 26.7.4")                             // a name that is escaped in the issuer
	oneRealmRole     = version.Facts[int]{}.Measured(200, "24.0.5").Measured(403, "26.4.0 26.6.4 26.7.3 26.7.4")                             // with view-users
	countOfUsers     = version.Facts[string]{}.Measured("0", "24.0.5").Measured("all", "26.4.0 26.6.4 26.7.3 26.7.4")                        // with query-users
	permittedUser    = version.Facts[int]{}.Measured(403, "26.2.5 26.4.0 26.4.7 26.5.6").Measured(200, "26.6.4 26.7.3 26.7.4")               // by a fine-grained permission, for a service account
	permissions      = version.Facts[bool]{}.Measured(false, "24.0.5").Measured(true, "26.2.5 26.4.0 26.4.7 26.5.6 26.6.4 26.7.3 26.7.4")    // realms can have them
)

// where is for versions that answer in one way. Of one that is newer than all that were measured the newest counts.
func where[T comparable](f version.Facts[T], answers T) func(*target) bool {
	return func(on *target) bool {
		values := f.At(version.Of(on.version), version.Equal)
		return len(values) == 1 && values[0].Value == answers
	}
}
