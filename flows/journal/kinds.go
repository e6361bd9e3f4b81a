package journal

// ChangeKind is what a [change.Change] does.
type ChangeKind string

// The kinds of [change.Change]; they are the kinds of journal entries, too.
const (
	ChangeGrant        ChangeKind = "grant"           // gives a client role to an account
	ChangeRealmGrant   ChangeKind = "realm-grant"     // gives a realm role to an account
	ChangeScopeMapping ChangeKind = "scope-mapping"   // lets a role through a client's scope
	ChangeDefaultScope ChangeKind = "default-scope"   // makes a client scope a default one of the client
	ChangeScopeDefault ChangeKind = "scope-default"   // makes an optional client scope of the client a default one
	ChangeHeavyweight  ChangeKind = "lightweight-off" // switches lightweight access tokens of a client off
)
