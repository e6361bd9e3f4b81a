package place

import (
	"context"
	"encoding/json"
	"net/http"

	"fix403/flows/doctor/beside"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/phrase"
	"fix403/flows/gate"
	"fix403/flows/roles/feature"
	"fix403/keycloak/msg"
)

// FeatureDisabled is the verdict on an endpoint whose feature is switched off.
var FeatureDisabled = &exam.Verdict{ID: "feature-disabled",
	Cause: "The endpoint belongs to a feature that is switched off, on the server or in the realm."}

// featureOff decides whether a call fails because the feature of its endpoint is switched off: the server says so, or an admin sees it.
func featureOff(ctx context.Context, x *exam.Examination) error {
	words, _ := x.Reply.Words()
	says := x.Reply.Exchange.Status == http.StatusNotImplemented
	feature, known := feature.Of(x.Path)
	if words == "not_implemented" { // of the practice server
		_, words = x.Reply.Words()
		x.Stop(gate.Route, exam.Undetermined, exam.Or("What a real Keycloak answers."), "The server answered %d \"%s\".", x.Reply.Exchange.Status, phrase.OneLine(words))
		return nil
	}
	on, seen, err := lookAtFeature(ctx, x, feature)
	if err != nil {
		return err
	}
	start := msg.New("A server administrator can switch it on with the server option --features; no role can.")
	if known {
		start = msg.New("A server administrator can switch it on with the server option --features=%s; no role can.", feature.Start)
	}
	switch {
	case says:
		x.Stop(gate.Route, FeatureDisabled, exam.AllSeen, "The server answered %d \"%s\": the endpoint belongs to a feature that is off on this server, for every account. %s", x.Reply.Exchange.Status, phrase.OneLine(words), start)
	case known && seen && !on:
		x.Stop(gate.Route, FeatureDisabled, exam.AllSeen, "The endpoint belongs to the feature %s, which is switched off on this server. %s", feature.Start, start)
	case known && !seen && x.Beside() != nil:
		x.Stop(gate.Route, FeatureDisabled, exam.But("That the server has the feature %s, switched off: an admin can see that in the server info; the version may lack it, or the path may be wrong.", feature.Start),
			"The server has nothing at this path (%d): it belongs to the feature %s, which is probably switched off. %s", x.Reply.Exchange.Status, feature.Start, start)
	}
	return nil
}

// lookAtFeature reads with the admin's eyes whether a feature is on; seen is false where that is not known.
func lookAtFeature(ctx context.Context, x *exam.Examination, f feature.Feature) (on, seen bool, _ error) {
	if x.Admin == nil || f.ID == "" {
		return false, false, nil
	}
	all, err := x.Admin.Features(ctx)
	if err != nil {
		return false, false, x.NoteForbidden(err, "Which features the server has")
	}
	on, seen = all[f.ID]
	switch {
	case seen && on:
		x.Observed(exam.AtServer, "The server's feature %s is switched on.", f.Start)
	case seen:
		x.Observed(exam.AtServer, "The server's feature %s is switched off.", f.Start)
	}
	return on, seen, nil
}

// organizationsOff is for the 404 of a realm without organizations, which is the same whether the server's feature is off or the
// realm's setting.
func organizationsOff(ctx context.Context, x *exam.Examination) error {
	words, _ := x.Reply.Words()
	feature, _ := feature.Of("/organizations")
	on, seen, err := lookAtFeature(ctx, x, feature)
	if err != nil {
		return err
	}
	const both = "The server answered 404 \"%s\". First check whether the server's feature organization is on (its option --features), then the realm %s: Realm settings, Organizations. No role opens it."
	switch {
	case seen && !on:
		x.Stop(gate.Route, FeatureDisabled, exam.AllSeen, "The server answered 404 \"%s\": the server's feature organization is switched off, so the realm's setting has no effect. A server administrator can switch it on with the option --features=organization; then switch organizations on in the realm %s.", phrase.OneLine(words), x.PathRealm)
		return nil
	case seen:
		if off, err := realmWithoutOrganizations(ctx, x); err != nil || off {
			if off {
				x.Stop(gate.Route, FeatureDisabled, exam.AllSeen, "The server answered 404 \"%s\": the server's feature organization is switched on, and the realm %s has organizations switched off: switch them on in its Realm settings.", phrase.OneLine(words), x.PathRealm)
			}
			return err
		}
	}
	x.Stop(gate.Route, FeatureDisabled, exam.Or("Whether the server's feature or the realm's setting is off: an admin can see both."), both, phrase.OneLine(words), x.PathRealm)
	return nil
}

// organizationsBehind is for a call of organizations that is refused for want of a role, or is not sent: where the feature is off or the
// realm's setting, no role would be enough.
func organizationsBehind(ctx context.Context, x *exam.Examination) error {
	if !beside.OfOrganizations(x.Path) {
		return nil
	}
	if x.Admin == nil {
		x.Unseen("Whether organizations are switched on, on the server (its feature organization) and in the realm: without them no role opens this call. An admin can see both.")
		return nil
	}
	feature, _ := feature.Of(x.Path)
	on, seen, err := lookAtFeature(ctx, x, feature)
	if err != nil {
		return err
	}
	because := exam.Because(exam.AllSeen)
	if !x.Sends() {
		because = x.Seen().Unsent("The call itself: %s could change something, so a GET was sent instead.", x.Method)
	}
	if seen && !on {
		x.Stop(gate.Route, FeatureDisabled, because, "The server's feature organization is switched off, so no role opens this call: a caller with the role gets 404. A server administrator can switch it on with the option --features=organization; then switch organizations on in the realm %s.", x.PathRealm)
		return nil
	}
	off, err := realmWithoutOrganizations(ctx, x)
	if off {
		x.Stop(gate.Route, FeatureDisabled, because, "The realm %s has organizations switched off, so no role opens this call: a caller with the role gets 404. Switch them on in its Realm settings; then the call requires a role.", x.PathRealm)
	}
	return err
}

func realmWithoutOrganizations(ctx context.Context, x *exam.Examination) (bool, error) {
	body, _, err := x.Admin.Send(ctx, msg.New("read the realm's settings"), http.MethodGet, x.PathRealm, "", nil)
	if err != nil {
		return false, x.NoteForbidden(err, "Whether the realm has organizations switched on")
	}
	var realm struct{ OrganizationsEnabled *bool }
	if json.Unmarshal(body, &realm) != nil || realm.OrganizationsEnabled == nil || *realm.OrganizationsEnabled {
		return false, nil //nolint:nilerr // only a realm that says that they are off has them off
	}
	x.Observed(exam.AtServer, "The realm %s has organizations switched off.", x.PathRealm)
	return true, nil
}
