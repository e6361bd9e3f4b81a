package lab

import (
	"fix403/flows/document"
	"fix403/flows/report"
	"fix403/keycloak/version"
)

// certainties name how an answer is known, in the JSON document.
var certainties = map[version.How]string{
	version.Measured: "measured", version.Between: "likely", version.Differing: "differing", version.Outside: "outside", version.Documented: "documented",
}

// Document returns the document of a lab; err is what ended it early, or nil.
func Document(version string, l *Lab, outcomes []Outcome, err error) document.Lab {
	st := l.State()
	d := document.Lab{
		Tool: report.Tool(version), Server: report.ServerOf(st.URL, st.Version, st.Practice),
		Experiments: []document.Outcome{}, Error: report.ErrorOf(err),
	}
	for _, o := range outcomes {
		one := document.Outcome{ID: o.ID, Gate: string(o.Gate), Observed: o.Observed, Result: o.Result}
		if o.Expected != "" {
			one.Expected = &o.Expected
		}
		one.Certainty = certainties[o.Known.How]
		for _, a := range o.Known.Answers {
			one.Known = append(one.Known, document.KnownAnswer{Version: a.Version.String(), Answer: a.Answer, Same: a.Answer == o.Observed})
		}
		d.Experiments = append(d.Experiments, one)
	}
	return d
}
