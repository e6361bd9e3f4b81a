package lab

import (
	"fix403/flows/gate"
	"fix403/flows/report"
)

// Report is the JSON document of the lab; its names are a contract.
type Report struct {
	Tool        report.Tool     `json:"tool"`
	Server      report.Server   `json:"server"`
	Experiments []ReportOutcome `json:"experiments"`
	Warnings    []string        `json:"warnings,omitempty"`
	Error       *report.Error   `json:"error,omitempty"`
}

// ReportOutcome is an outcome in short; Expected is null where the version was not measured.
type ReportOutcome struct {
	ID       string    `json:"id"`
	Gate     gate.Gate `json:"gate"`
	Expected *string   `json:"expected"`
	Observed string    `json:"observed"`
	Result   string    `json:"result"`
}

// NewReport draws the report of a lab.
func NewReport(version string, l *Lab, outcomes []Outcome, err error) Report {
	st := l.State()
	r := Report{
		Tool: report.Tool{Name: "fix403", Version: version}, Server: report.Server{URL: st.URL, Practice: st.Practice},
		Experiments: []ReportOutcome{}, Error: report.ErrorOf(err),
	}
	if st.Version != "" {
		r.Server.Version = &st.Version
	}
	for _, o := range outcomes {
		ro := ReportOutcome{ID: o.ID, Gate: o.Gate, Observed: o.Observed, Result: o.Result}
		if o.Expected != "" {
			ro.Expected = &o.Expected
		}
		r.Experiments = append(r.Experiments, ro)
	}
	return r
}
