package document

// Run is the document of `run`. Result is passed, failed or skipped, which is a dry run. The calls are null where they were
// not made.
type Run struct {
	Tool     Tool   `json:"tool"`
	Server   Server `json:"server"`
	Realm    string `json:"realm"`
	ClientID string `json:"client_id"`
	UserID   string `json:"user_id"`
	Result   string `json:"result"`
	Steps    []Step `json:"steps"`
	// AudienceCall stands only where the server asks for the admin API's audience.
	AudienceCall       *AudienceCall `json:"audience_call,omitempty"`
	FirstCall          *Call         `json:"first_call"`
	OldTokenAfterGrant *OldToken     `json:"old_token_after_grant"`
	SecondCall         *Call         `json:"second_call"`
	Created            []Created     `json:"created"`
	Warnings           []string      `json:"warnings,omitempty"`
	Error              *Error        `json:"error,omitempty"`
}

// Step is a step of the story and its exchanges. The ids, in order: connect, realm, client, user, first-call, grant,
// second-call.
type Step struct {
	ID           string     `json:"id"`
	Title        string     `json:"title"`
	Result       string     `json:"result"` // passed, failed or skipped
	Checked      string     `json:"checked,omitempty"`
	Notes        []string   `json:"notes,omitempty"`
	Milliseconds int64      `json:"milliseconds"`
	Exchanges    []Exchange `json:"exchanges"`
	Error        *Error     `json:"error,omitempty"`
}

// Exchange is an exchange in short; Status is 0 when no answer came.
type Exchange struct {
	Method       string `json:"method"`
	URL          string `json:"url"`
	Status       int    `json:"status"`
	Milliseconds int64  `json:"milliseconds"`
	Purpose      string `json:"purpose"`
}

// Call is the call and the roles of realm-management in its token, sorted.
type Call struct {
	Status       int      `json:"status"`
	RolesInToken []string `json:"roles_in_token"`
}

// AudienceCall is the call before the client scope was assigned, and the audience of its token. ScopeAssigned is "" where it was
// not assigned.
type AudienceCall struct {
	Status        int      `json:"status"`
	Audience      []string `json:"audience"`
	ScopeAssigned string   `json:"scope_assigned"`
}

// OldToken is what the token from before the grant got afterwards. RolesDecided is what was observed: in-token (it still gets
// 403), at-request (it passes), or at-request-without-claims (it passes, and carried no role claim at all); null where the
// status shows nothing.
type OldToken struct {
	Status       int     `json:"status"`
	RolesDecided *string `json:"roles_decided"`
}

// Created is an object that the run created.
type Created struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Removed bool   `json:"removed"`
}

// Down is the document of `down`. InDoubt reports that something was left because it is not known whose it is.
type Down struct {
	Server   string    `json:"server"`
	DryRun   bool      `json:"dry_run"`
	InDoubt  bool      `json:"in_doubt"`
	Removals []Removal `json:"removals"`
	Skipped  int       `json:"journal_lines_skipped,omitempty"`
	Warnings []string  `json:"warnings,omitempty"`
	Error    *Error    `json:"error,omitempty"`
}

// Removal is an object that was found, and what became of it.
type Removal struct {
	Kind    string `json:"kind"`
	Realm   string `json:"realm"`
	Name    string `json:"name"`
	ID      string `json:"id,omitempty"`
	InDoubt bool   `json:"in_doubt,omitempty"` // it may be ours, or may still come
	Removed bool   `json:"removed"`
	Why     string `json:"why"` // it is removed, or left
}
