package audit

import (
	"net/url"
	"strings"

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

// levels and scores are what SARIF has for a severity.
var (
	levels = map[Severity]string{Info: "note", Low: "note", Medium: "warning", High: "error"}
	scores = map[Severity]string{Info: "0.0", Low: "3.0", Medium: "5.5", High: "8.0"}
)

// SARIF is the audit for tools that gather findings.
func (a *Audit) SARIF(version string) document.SARIF {
	run := document.SARIFRun{Results: []document.SARIFResult{}}
	run.Tool.Driver = document.SARIFDriver{Name: "fix403", Version: version}
	index := map[*Rule]int{}
	for i, r := range Rules() {
		rule := document.SARIFRule{ID: r.ID, Short: document.SARIFText{Text: string(r.Title)}}
		rule.Properties.Security, rule.Properties.Tags = scores[r.Severity], []string{"security"}
		index[r] = i
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule)
	}
	for _, f := range a.Findings {
		place := []string{"realms", f.Account.Realm, string(f.Account.Kind), f.Account.Name}
		for i := range place {
			place[i] = url.PathEscape(place[i])
		}
		at := document.SARIFLocation{Logical: []document.SARIFLogical{{Name: f.Account.Realm + "/" + f.Account.Name, Kind: string(f.Account.Kind)}}}
		at.Physical.Artifact.URI = strings.Join(place, "/")
		text := strings.Join(append([]string{name(f.Account).String() + ": " + f.Reason.String()}, english(append(f.Evidence[:len(f.Evidence):len(f.Evidence)], f.Fix))...), "\n")
		run.Results = append(run.Results, document.SARIFResult{RuleID: f.Rule.ID, RuleIndex: index[f.Rule], Level: levels[f.Severity], Message: document.SARIFText{Text: text},
			Locations: []document.SARIFLocation{at}, Fingerprints: map[string]string{"fix403/v1": f.Rule.ID + " " + strings.Join(place, "/") + " " + f.role},
			Properties: map[string]string{"severity": f.Severity.String(), "certainty": string(f.Certainty)}})
	}
	return document.SARIF{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []document.SARIFRun{run}}
}
