package document

import "time"

// Token is the document of `token` for one token.
type Token struct {
	Type       string              `json:"type"`
	Algorithm  string              `json:"algorithm"`
	KeyID      string              `json:"key_id"`
	Issuer     string              `json:"issuer"`
	Realm      string              `json:"realm"`
	Client     string              `json:"client"`
	Username   string              `json:"username"`
	Subject    string              `json:"subject"`
	Audience   []string            `json:"audience"`
	Scope      []string            `json:"scope"`
	IssuedAt   *time.Time          `json:"issued_at"`
	ExpiresAt  *time.Time          `json:"expires_at"` // null for a token without an end
	Expired    bool                `json:"expired"`
	RealmRoles []string            `json:"realm_roles"`
	Roles      map[string][]string `json:"client_roles"`
}

// TokenDifference is the document of `token` for two tokens. Roles are client/role, or role alone for one of the realm.
type TokenDifference struct {
	Before  Token    `json:"before"`
	After   Token    `json:"after"`
	Added   []string `json:"added_roles"`
	Removed []string `json:"removed_roles"`
	Changed []string `json:"changed_claims"`
}
