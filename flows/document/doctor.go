package document

// Diagnosis is the document of `doctor`. Gate is one of reach, client, identity, realm, route, role, object and none, and
// Certainty proved, likely or predicted. After is there when --fix or --undo made the call again.
type Diagnosis struct {
	Verdict       string     `json:"verdict"`
	Certainty     string     `json:"certainty"`
	Gate          string     `json:"gate"`
	Status        *int       `json:"status"` // null when no answer came, or the call was not sent
	Caller        Caller     `json:"caller"`
	Summary       string     `json:"summary"`
	Evidence      []Evidence `json:"evidence"`
	SmallestRoles []string   `json:"smallest_roles"`
	// EqualRoles are other sets of roles that are as small as the smallest; ReducedRoles are roles with any of which the answer lacks fields,
	// where the whole one takes a powerful role.
	EqualRoles   [][]string `json:"equal_roles,omitempty"`
	ReducedRoles []string   `json:"reduced_roles,omitempty"`
	Fix          Fix        `json:"fix"`
	NotChecked   []string   `json:"not_checked"`
	After        *After     `json:"after,omitempty"`
	Warnings     []string   `json:"warnings,omitempty"`
	Error        *Error     `json:"error,omitempty"`
}

// Caller is the account in whose name a call is made. Kind is service-account, user or unknown; what is not known is empty.
type Caller struct {
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	ClientID string `json:"client_id"`
	Realm    string `json:"realm"`
}

// Evidence is something that was observed. Source is token, wire or server.
type Evidence struct {
	Source string `json:"source"`
	Says   string `json:"says"`
}

// Fix is the smallest fix in each form; a form that does not fix the call is null. Applied reports that --fix or --undo was
// done.
type Fix struct {
	Console    []string `json:"console"`
	Curl       []string `json:"curl"`
	Kcadm      []string `json:"kcadm"`
	Terraform  *string  `json:"terraform"`
	TypeScript *string  `json:"typescript"`
	Go         *string  `json:"go"`
	Applied    bool     `json:"applied"`
}

// After is what the same call did after the fix, or after it was undone. Status is null when the call is not sent.
type After struct {
	Status       *int     `json:"status"`
	RolesInToken []string `json:"roles_in_token"`
}

// Diagnoses is the document of `doctor --calls-file`: a diagnosis for each call, in the order of the file. Fails counts those that fail or hide
// something.
type Diagnoses struct {
	Calls    []CallDiagnosis `json:"calls"`
	Fails    int             `json:"fails"`
	Warnings []string        `json:"warnings,omitempty"`
}

// CallDiagnosis is one of them.
type CallDiagnosis struct {
	Call string `json:"call"`
	Diagnosis
}
