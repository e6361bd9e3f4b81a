package document

// Watch is the document of `watch`: what each client did through the proxy, and the smallest roles for that. ExitCode is that of the command
// which was run; absent without one.
type Watch struct {
	Server    Server          `json:"server"`
	Requests  int             `json:"requests"`
	Clients   []WatchedClient `json:"clients"`
	Uncounted int             `json:"uncounted,omitempty"`
	ExitCode  *int            `json:"exit_code,omitempty"`
	Warnings  []string        `json:"warnings,omitempty"`
}

// WatchedClient is what an account did in a realm. RolesOf is the client whose roles these are; RolesSeen reports whether the token told
// which ones the account holds, without which SurplusRoles is empty. Certainty is likely where the version was not measured, or is not known.
type WatchedClient struct {
	ClientID      string        `json:"client_id"`
	Account       Caller        `json:"account"`
	Realm         string        `json:"realm"`
	Calls         []WatchedCall `json:"calls"`
	RolesOf       string        `json:"roles_of"`
	SmallestRoles []string      `json:"smallest_roles"`
	EqualRoles    [][]string    `json:"equal_roles,omitempty"`
	Certainty     string        `json:"certainty,omitempty"`
	RolesSeen     bool          `json:"roles_seen"`
	SurplusRoles  []string      `json:"surplus_roles"`
	Notes         []string      `json:"notes,omitempty"`
	Fix           *WatchedFix   `json:"fix,omitempty"`
}

// WatchedCall is a call by its route. Statuses counts the answers by their status, where 0 is none; StoppedAt is the gate at which the last one
// was stopped that was refused, or that hides something, and Reason says why.
type WatchedCall struct {
	Method    string         `json:"method"`
	Path      string         `json:"path"` // a template
	Known     bool           `json:"known"`
	Statuses  map[string]int `json:"statuses"`
	StoppedAt string         `json:"stopped_at,omitempty"`
	Reason    string         `json:"reason,omitempty"`
}

// WatchedFix grants the smallest roles to a service account, by hand.
type WatchedFix struct {
	Curl      []string `json:"curl"`
	Kcadm     []string `json:"kcadm"`
	Terraform string   `json:"terraform"`
}
