package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"fix403/flows/document"
)

// levels and scores are what SARIF has for a severity; readers take a score of 0 as none.
var (
	levels = map[Severity]string{Info: "note", Low: "note", Medium: "warning", High: "error"}
	scores = map[Severity]string{Low: "3.0", Medium: "5.5", High: "8.0"}
)

// SARIF is the audit for tools that gather findings. It has what GitHub requires beside the schema: texts of each rule, and for each result a
// file with a region, and a hash by which it is known again.
func (a *Audit) SARIF(version string) document.SARIF {
	run := document.SARIFRun{Results: []document.SARIFResult{}}
	run.Tool.Driver = document.SARIFDriver{Name: "fix403", Version: version}
	index := map[*Rule]int{}
	for i, r := range Rules() {
		rule := document.SARIFRule{ID: r.ID, Short: document.SARIFText{Text: string(r.Title)}, Full: document.SARIFText{Text: r.About}, Help: document.SARIFText{Text: r.About + "\n" + r.Fix}}
		rule.Default.Level = levels[r.Severity]
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
		at.Physical.Region = document.SARIFRegion{StartLine: 1, StartColumn: 1, EndLine: 1, EndColumn: 1}
		text := strings.Join(append([]string{name(f.Account).String() + ": " + f.Reason.String()}, english(append(f.Evidence[:len(f.Evidence):len(f.Evidence)], f.Fix))...), "\n")
		same := f.Rule.ID + " " + strings.Join(place, "/") + " " + f.role
		sum := sha256.Sum256([]byte(same))
		run.Results = append(run.Results, document.SARIFResult{RuleID: f.Rule.ID, RuleIndex: index[f.Rule], Level: levels[f.Severity], Message: document.SARIFText{Text: text},
			Locations: []document.SARIFLocation{at}, Fingerprints: map[string]string{"fix403/v1": same, "primaryLocationLineHash": hex.EncodeToString(sum[:8]) + ":1"},
			Properties: map[string]string{"severity": f.Severity.String(), "certainty": string(f.Certainty)}})
	}
	return document.SARIF{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []document.SARIFRun{run}}
}
