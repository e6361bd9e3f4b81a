package document

import "time"

// Answer is the document of `roles` for one call. Smallest and Also are the single roles with which the call gives its whole
// answer, the minimal ones and the rest, sorted. Filtered are roles with which it succeeds but hides something; Together are
// sets of roles where no single one but realm-admin suffices.
type Answer struct {
	Method     string     `json:"method"`
	Path       string     `json:"path"` // a template, such as /admin/realms/{realm}/users/{user-id}
	Smallest   []string   `json:"smallest"`
	Also       []string   `json:"also"`
	Filtered   []string   `json:"filtered"`
	Together   [][]string `json:"together"`
	Traps      []string   `json:"traps"`
	MeasuredOn []string   `json:"measured_on"`
	Group      string     `json:"group,omitempty"`  // in the table only
	Server     *Server    `json:"server,omitempty"` // with --live: where it was measured
	Warnings   []string   `json:"warnings,omitempty"`
	// Certainty is likely for a version that was not measured, and else left out. Differs has, where the measured versions
	// before and after it answer otherwise, what each answers.
	Certainty string   `json:"certainty,omitempty"`
	Differs   []Differ `json:"differs,omitempty"`
}

// Differ is what one of two measured versions answers. Without the endpoint all lists are empty, and Served is false.
type Differ struct {
	Version  string     `json:"version"`
	Served   bool       `json:"served"`
	Smallest []string   `json:"smallest"`
	Also     []string   `json:"also"`
	Filtered []string   `json:"filtered"`
	Together [][]string `json:"together"`
}

// Cover is the document of `roles` for several calls: the smallest set of roles that gives each its whole answer. Opens is the
// number of calls of the table that these roles open, NotAllowed the calls that no role allows.
type Cover struct {
	Version    string   `json:"version"`
	Roles      []string `json:"roles"`
	Opens      int      `json:"opens"`
	Calls      []Answer `json:"calls"`
	NotAllowed []string `json:"not_allowed"`
	Unknown    []string `json:"unknown,omitempty"` // lines of --calls-file that the table does not have
	Server     *Server  `json:"server,omitempty"`  // with --live: where it was measured
	Warnings   []string `json:"warnings,omitempty"`
	// Equal are other sets that are as small. Certainty is likely for a version that was not measured; Differs has, where the
	// measured versions before and after it take other roles, what each takes, and Roles then suffices on both, if a set does.
	Equal     [][]string     `json:"equal,omitempty"`
	Certainty string         `json:"certainty,omitempty"`
	Differs   []CoverDiffers `json:"differs,omitempty"`
	// Completing are roles that are there for whole responses alone: without one no call is refused, and its calls show less.
	Completing []Completing `json:"completing,omitempty"`
}

// Completing is such a role, and what shows less without it.
type Completing struct {
	Role  string   `json:"role"`
	Calls []string `json:"calls"`
}

// CoverDiffers is the smallest set of roles on one of two measured versions.
type CoverDiffers struct {
	Version string   `json:"version"`
	Roles   []string `json:"roles"`
}

// Recorded is the document of `roles --from`: for each caller of a recording the smallest set of roles for its calls.
type Recorded struct {
	Version  string           `json:"version"`
	Requests int              `json:"requests"`
	Clients  []RecordedClient `json:"clients"`
	Skipped  SkippedLines     `json:"skipped"`
}

// RecordedClient is a caller, a client or a user, and what its calls require; both names are empty if it is unknown. Refused counts the requests
// that got 401 or 403.
type RecordedClient struct {
	Client   string `json:"client"`
	Realm    string `json:"realm"`
	Requests int    `json:"requests"`
	Refused  int    `json:"refused"`
	Cover
}

// SkippedLines are lines of a recording about something else, and those that cannot be read; Lines are the first of these.
type SkippedLines struct {
	Others int           `json:"others"`
	Unread int           `json:"unread"`
	Lines  []SkippedLine `json:"lines"`
}

// SkippedLine is a line that cannot be read.
type SkippedLine struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// RoleChanges is the document of `roles --changes`: the calls that two versions answer otherwise, of all in the table or of those that were
// asked for; Unknown are those of them that were not measured.
type RoleChanges struct {
	From    string       `json:"from"`
	To      string       `json:"to"`
	Calls   int          `json:"calls"`
	Changes []RoleChange `json:"changes"`
	Unknown []string     `json:"unknown"`
}

// RoleChange is a call that changes. Change is appears, vanishes, roles, status or told; Known is measured, documented or likely. Gained and Lost
// are roles that open it on one version alone.
type RoleChange struct {
	Method     string           `json:"method"`
	Path       string           `json:"path"`
	Change     string           `json:"change"`
	Known      string           `json:"known"`
	Before     RoleSide         `json:"before"`
	After      RoleSide         `json:"after"`
	Gained     []string         `json:"gained"`
	Lost       []string         `json:"lost"`
	Documented []DocumentedLine `json:"documented"`
}

// RoleSide is a call on one version; Status is what realm-admin gets, and Feature the one that is switched off there.
type RoleSide struct {
	Served   bool       `json:"served"`
	Status   *int       `json:"status"`
	Feature  string     `json:"feature,omitempty"`
	Smallest []string   `json:"smallest"`
	Also     []string   `json:"also"`
	Filtered []string   `json:"filtered"`
	Together [][]string `json:"together"`
}

// DocumentedLine is what Keycloak's documents say of a call.
type DocumentedLine struct {
	Since  string `json:"since"`
	Source string `json:"source"`
	Says   string `json:"says"`
}

// RoleTable is the document of `roles` without a call.
type RoleTable struct {
	Endpoints []Answer `json:"endpoints"`
	Version   string   `json:"version"`
}

// Role is the document of `roles --role`: the calls that the role alone opens.
type Role struct {
	Opens   []Opened `json:"opens"`
	Role    string   `json:"role"`
	Version string   `json:"version"`
}

// Opened is a call that a role opens; Filtered reports that its answer hides something then.
type Opened struct {
	Method   string `json:"method"`
	Path     string `json:"path"`
	Filtered bool   `json:"filtered"`
	// Certainty is likely for a version that was not measured, and else left out.
	Certainty string `json:"certainty,omitempty"`
}

// Live is the document of `roles --live`. Result is as-shipped, different, incomplete, where calls of some rows failed each time, or
// not-comparable, which is another version than ComparedWith.
type Live struct {
	Tool         Tool         `json:"tool"`
	Server       Server       `json:"server"`
	ComparedWith string       `json:"compared_with"`
	SameVersion  bool         `json:"same_version"`
	Result       string       `json:"result"`
	Rows         int          `json:"rows"`
	Differences  []Difference `json:"differences"`
	NotServed    []string     `json:"not_served"`
	NotMeasured  []string     `json:"not_measured"`
	Problems     []string     `json:"problems"`
	Resumed      *Resumed     `json:"resumed,omitempty"` // where an interrupted measurement went on
	Written      string       `json:"written,omitempty"` // the file, with --write
	Warnings     []string     `json:"warnings,omitempty"`
	Error        *Error       `json:"error,omitempty"`
}

// The results of [Live].
const (
	AsShipped     = "as-shipped"
	Different     = "different"
	Incomplete    = "incomplete"
	NotComparable = "not-comparable"
)

// Resumed is what was taken from an interrupted measurement.
type Resumed struct {
	Rows  int       `json:"rows"`
	Since time.Time `json:"since"`
}

// Difference is a cell of the table that was measured otherwise.
type Difference struct {
	Method   string `json:"method"`
	Path     string `json:"path"`
	Case     string `json:"case"`
	Role     string `json:"role"`
	Shipped  string `json:"shipped"`
	Measured string `json:"measured"`
	// Known is how well the shipped row is known of this version, and MeasuredOn where it was measured.
	Known      string   `json:"known"` // measured, between, differing or outside
	MeasuredOn []string `json:"measured_on"`
}
