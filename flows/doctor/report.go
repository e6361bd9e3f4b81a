package doctor

import (
	"fmt"
	"slices"

	"fix403/flows/gate"
	"fix403/flows/report"
	"fix403/keycloak/foreign"
)

// Report is the JSON of a diagnosis. A form of the fix that does not mend the call is null.
type Report struct {
	Verdict       Verdict       `json:"verdict"`
	Certainty     Certainty     `json:"certainty"`
	Gate          gate.Gate     `json:"gate"`
	Status        *int          `json:"status"` // null when no answer came, or the call was not sent
	Summary       string        `json:"summary"`
	Evidence      []Evidence    `json:"evidence"`
	SmallestRoles []string      `json:"smallest_roles"`
	Fix           ReportFix     `json:"fix"`
	NotChecked    []string      `json:"not_checked"`
	After         *ReportAfter  `json:"after,omitempty"`
	Warnings      []string      `json:"warnings,omitempty"`
	Error         *report.Error `json:"error,omitempty"`
}

// ReportFix are the forms of the fix.
type ReportFix struct {
	Console    []string `json:"console"`
	Curl       []string `json:"curl"`
	Kcadm      []string `json:"kcadm"`
	Terraform  *string  `json:"terraform"`
	TypeScript *string  `json:"typescript"`
	Go         *string  `json:"go"`
	Applied    bool     `json:"applied"`
}

// ReportAfter is what the same call did after the fix, or after it was undone.
type ReportAfter struct {
	Status       *int     `json:"status"`
	RolesInToken []string `json:"roles_in_token"`
}

// NewReport makes the report of a diagnosis; changed says that --fix or --undo was asked for and done.
func (doc *Doctor) NewReport(d *Diagnosis, changed bool) Report {
	r := Report{
		Verdict: d.Verdict, Certainty: d.Certainty, Gate: d.Gate, Status: number(d.Status), Summary: d.Summary,
		Evidence: d.Evidence, SmallestRoles: append([]string{}, d.SmallestRoles...), NotChecked: d.NotChecked,
		Fix: ReportFix{Console: d.Fix.Console, Curl: d.Fix.Curl, Kcadm: d.Fix.Kcadm, Terraform: text(d.Fix.Terraform), TypeScript: text(d.Fix.TypeScript), Go: text(d.Fix.Go), Applied: changed},
	}
	if d.After != nil {
		r.After = &ReportAfter{number(d.After.Status), d.After.Token.Roles(doc.container())}
		slices.Sort(r.After.RolesInToken)
	}
	return r
}

func number(status int) *int {
	if status == 0 {
		return nil
	}
	return &status
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// JSON returns the report as an indented document.
func (r Report) JSON() ([]byte, error) { return foreign.JSON(r) }

// JUnit is a diagnosis as a JUnit test suite with one test, which fails when the call does.
func (d *Diagnosis) JUnit(milliseconds int64) ([]byte, error) {
	failure := ""
	if works := d.Verdict.Works() || d.After != nil && d.After.Worked; !works {
		failure = fmt.Sprintf("%s (gate %s, %s): %s", d.Verdict, d.Gate, d.Certainty, d.Summary)
	}
	return report.JUnitCase("fix403 doctor", d.Call, failure, milliseconds)
}
