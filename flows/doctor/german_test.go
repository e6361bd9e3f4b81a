package doctor

import (
	"slices"
	"strings"
	"testing"

	"fix403/flows/doctor/caller"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/given"
	"fix403/flows/doctor/place"
	"fix403/flows/doctor/rights"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// TestDiagnosisInGerman: of a call that lacks a role, of one with a wrong secret, and of one for another realm nothing is
// said in English.
func TestDiagnosisInGerman(t *testing.T) {
	german, err := texts.In("de")
	if err != nil {
		t.Fatal(err)
	}
	o := firstCall(t)
	said := map[*exam.Verdict][]string{}
	for _, change := range []func(*given.Options){
		func(*given.Options) {},
		func(o *given.Options) { o.Secret = wire.NewSecret("wrong") },
		func(o *given.Options) { o.Path = strings.Replace(o.Path, o.Realm, "master", 1) },
		func(o *given.Options) { o.Method, o.Admin = "DELETE", nil },
	} {
		changed := o
		change(&changed)
		doc, err := New(changed)
		if err != nil {
			t.Fatal(err)
		}
		d, err := doc.Diagnose(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all := slices.Concat([]msg.Message{d.Summary}, d.Fix.Console, d.NotChecked)
		for _, e := range d.Evidence {
			all = append(all, e.Says)
		}
		for _, m := range all {
			said[d.Verdict] = append(said[d.Verdict], german.Say(m))
		}
	}
	for _, v := range []*exam.Verdict{rights.RoleMissing, caller.BadClientCredentials, place.WrongRealm} {
		if len(said[v]) == 0 {
			t.Errorf("no verdict %s", v)
		}
	}
	for v, all := range said {
		for _, s := range all {
			if strings.Contains(" "+s, " the ") || strings.Contains(s, "The ") {
				t.Errorf("%s: it is English still: %s", v, s)
			}
		}
	}
	for _, missed := range german.Missed() {
		t.Errorf("there is no German for %q", missed)
	}
}
