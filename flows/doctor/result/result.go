// Package result writes a diagnosis for programs to read: as a JSON document, and as a JUnit test.
package result

import (
	"fmt"

	"fix403/flows/doctor/exam"
	"fix403/flows/document"
	"fix403/flows/report"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
)

// Document returns the document of a diagnosis; changed reports that --fix or --undo was asked for and done.
func Document(d *exam.Diagnosis, changed bool) document.Diagnosis {
	r := document.Diagnosis{
		Verdict: d.Verdict.String(), Certainty: string(d.Certainty), Gate: string(d.Gate), Status: number(d.Status), Summary: d.Summary.String(),
		SmallestRoles: append([]string{}, d.SmallestRoles...), Evidence: []document.Evidence{}, NotChecked: english(d.NotChecked),
		Fix: document.Fix{Console: english(d.Fix.Console), Curl: d.Fix.Script(d.Fix.Curl, msg.Message.String), Kcadm: d.Fix.Script(d.Fix.Kcadm, msg.Message.String), Terraform: text(d.Fix.Terraform), TypeScript: text(d.Fix.TypeScript), Go: text(d.Fix.Go), Applied: changed && (d.After == nil || !d.After.TakenBack)},
	}
	r.Caller = document.Caller{Kind: string(d.Caller.Kind), Name: d.Caller.Name, ClientID: d.Caller.ClientID, Realm: d.Caller.Realm}
	r.EqualRoles, r.ReducedRoles = d.Equal, d.Lesser
	if len(d.Lesser) > 0 { // what a fix grants where nobody chooses more
		r.SmallestRoles = d.Lesser[:1]
	}
	for _, e := range d.Evidence {
		r.Evidence = append(r.Evidence, document.Evidence{Source: string(e.Source), Says: e.Says.String()})
	}
	if d.After != nil {
		r.After = &document.After{Status: number(d.After.Status), RolesInToken: append([]string{}, d.After.Roles...)}
	}
	return r
}

// english renders a list for programs to read; nil stays nil.
func english(list []msg.Message) []string {
	if list == nil {
		return nil
	}
	out := []string{}
	for _, m := range list {
		out = append(out, m.String())
	}
	return out
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

// JUnit returns a diagnosis as a JUnit test suite with one test, which fails when the call does.
func JUnit(d *exam.Diagnosis, p *texts.Printer, milliseconds int64) ([]byte, error) {
	return report.JUnitCases(suite, []report.Case{testCase(d, p, milliseconds)})
}

const suite = "fix403 doctor"

func testCase(d *exam.Diagnosis, p *texts.Printer, milliseconds int64) report.Case {
	failure := ""
	if works := d.Verdict.Works() || d.Verdict.WouldWork() || d.After != nil && d.After.Worked; !works {
		failure = fmt.Sprintf("%s (gate %s, %s): %s", d.Verdict, d.Gate, d.Certainty, p.Say(d.Summary))
	}
	return report.Case{Name: d.Call, Failure: failure, Milliseconds: milliseconds}
}

// All are the diagnoses of many calls, in their order.
type All struct {
	Diagnoses    []*exam.Diagnosis
	Milliseconds []int64 // of each
}

// Add adds a diagnosis.
func (a *All) Add(d *exam.Diagnosis, milliseconds int64) {
	a.Diagnoses, a.Milliseconds = append(a.Diagnoses, d), append(a.Milliseconds, milliseconds)
}

// Worst returns the diagnosis that decides on all of them: the first that fails, or else the first that was not sent.
func (a *All) Worst() *exam.Diagnosis {
	var worst *exam.Diagnosis
	for _, d := range a.Diagnoses {
		switch {
		case !d.Verdict.Works() && !d.Verdict.WouldWork():
			return d
		case worst == nil || worst.Verdict.Works():
			worst = d
		}
	}
	return worst
}

// Fails counts the calls that fail or hide something.
func (a *All) Fails() (n int) {
	for _, d := range a.Diagnoses {
		if !d.Verdict.Works() && !d.Verdict.WouldWork() {
			n++
		}
	}
	return n
}

// Document returns the document of all.
func (a *All) Document(warnings []string) document.Diagnoses {
	r := document.Diagnoses{Calls: []document.CallDiagnosis{}, Fails: a.Fails(), Warnings: warnings}
	for _, d := range a.Diagnoses {
		r.Calls = append(r.Calls, document.CallDiagnosis{Call: d.Call, Diagnosis: Document(d, false)})
	}
	return r
}

// JUnit returns all as a test suite with a test for each call.
func (a *All) JUnit(p *texts.Printer) ([]byte, error) {
	var cases []report.Case
	for i, d := range a.Diagnoses {
		cases = append(cases, testCase(d, p, a.Milliseconds[i]))
	}
	return report.JUnitCases(suite, cases)
}
