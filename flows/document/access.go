package document

// Can is the document of `can`: what an account may call. NotChecked is what could not be seen.
type Can struct {
	Account    Caller       `json:"account"`
	Version    string       `json:"version"`
	Roles      []string     `json:"roles"`
	Calls      []AccessCall `json:"calls"`
	NotChecked []string     `json:"not_checked,omitempty"`
	Warnings   []string     `json:"warnings,omitempty"`
}

// AccessCall is what an account gets from a call. Answer is whole, filtered, refused or unknown; Missing are the roles that it lacks for the
// whole response, and Why what matters besides roles, or is not known.
type AccessCall struct {
	Method    string   `json:"method"`
	Path      string   `json:"path"` // a template
	Answer    string   `json:"answer"`
	Certainty string   `json:"certainty"`
	Missing   []string `json:"missing"`
	Why       []string `json:"why,omitempty"`
}

// CanCall is the document of `can METHOD PATH`.
type CanCall struct {
	AccessCall
	Account    Caller   `json:"account"`
	Roles      []string `json:"roles"`
	NotChecked []string `json:"not_checked,omitempty"`
	Warnings   []string `json:"warnings,omitempty"`
}

// Who is the document of `who`: which accounts may make a call, each with the grants by which it may.
type Who struct {
	Method     string    `json:"method"`
	Path       string    `json:"path"`
	Accounts   []Granted `json:"accounts"`
	NotChecked []string  `json:"not_checked,omitempty"`
	Warnings   []string  `json:"warnings,omitempty"`
}

// Granted is an account with the grants by which it may make a call. Of a group the members may.
type Granted struct {
	Caller
	Answer    string   `json:"answer"`
	Certainty string   `json:"certainty"`
	By        []string `json:"by"`
}
