package audit

import (
	"fix403/flows/access"
	"fix403/flows/document"
	"fix403/flows/report"
	"fix403/keycloak/msg"
)

// Document returns the audit for programs to read.
func (a *Audit) Document() document.Audit {
	d := document.Audit{Realm: a.Place.Realm, Version: a.Place.Version, Accounts: len(a.Accounts), Findings: []document.AuditFinding{}, NotChecked: english(a.Notes)}
	for _, f := range a.Findings {
		d.Findings = append(d.Findings, document.AuditFinding{ID: f.Rule.ID, Severity: f.Severity.String(), Account: caller(f.Account), Reason: f.Reason.String(),
			Evidence: append([]string{}, english(f.Evidence)...), Fix: f.Fix.String(), Commands: f.Commands, Certainty: string(f.Certainty), Sources: english(f.Sources)})
	}
	return d
}

func caller(a access.Account) document.Caller {
	return document.Caller{Kind: string(a.Kind), Name: a.Name, ClientID: a.ClientID, Realm: a.Realm}
}

func english(list []msg.Message) []string {
	var out []string
	for _, m := range list {
		out = append(out, m.String())
	}
	return out
}

// JUnit is a test for each account and each rule that found something there; an account without a finding passes one. A test fails where its
// finding is as severe as from.
func (a *Audit) JUnit(from Severity, milliseconds int64) ([]byte, error) {
	var cases []report.Case
	found := map[string]bool{}
	for _, f := range a.Findings {
		c := report.Case{Name: name(f.Account).String() + ": " + f.Rule.ID}
		if found[f.Account.ID] = true; f.Severity >= from {
			c.Failure = f.Severity.String() + ": " + f.Reason.String()
		}
		cases = append(cases, c)
	}
	for _, h := range a.Accounts {
		if !found[h.Account.ID] {
			cases = append(cases, report.Case{Name: name(h.Account).String()})
		}
	}
	if len(cases) > 0 {
		cases[0].Milliseconds = milliseconds
	}
	return report.JUnitCases("fix403 audit", cases)
}
