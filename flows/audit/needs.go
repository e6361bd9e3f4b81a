package audit

import (
	"slices"

	"fix403/flows/access"
	"fix403/flows/doctor/reason"
	"fix403/flows/roles"
	"fix403/flows/roles/moved"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
	"fix403/keycloak/version"
)

// needs compares the roles that a client holds with what its known calls require, on this version and on the next.
func (i *inspection) needs(h *access.Holder) {
	calls := i.options.Calls[h.Account.ClientID]
	if calls == nil {
		return
	}
	known, unknown, err := moved.Known(i.Matrix, i.Version, calls)
	if err != nil {
		i.notes = append(i.notes, msg.New("%s: %s", name(h.Account), msg.Of(err)))
	}
	i.breaks(h, known)
	if len(unknown) > 0 || len(known) == 0 { // they may require any role
		return
	}
	cover, err := i.Matrix.CoverAmong(i.Version, known, i.Known)
	if err != nil || len(cover.Blocked) > 0 {
		i.notes = append(i.notes, msg.New("%s: which roles its calls require together was not measured.", name(h.Account)))
		return
	}
	own := i.own(h)
	smallest, needed, surplus := cover.Roles, []string(nil), own
	for _, set := range append([][]string{cover.Roles}, cover.Equal...) { // of sets that are as small, the one that it holds most of
		var with []string
		for _, role := range set {
			with = append(with, i.grants.Includes(role)...)
		}
		beyond := sift.Out(own, func(role string) bool { return slices.Contains(with, role) })
		if needed == nil || len(beyond) < len(surplus) {
			smallest, needed, surplus = set, append([]string{}, with...), beyond
		}
	}
	if len(surplus) == 0 {
		return
	}
	severity, certainty := Low, reason.Proved
	if slices.ContainsFunc(surplus, powerful) {
		severity = Medium
	}
	if cover.How != version.Measured || !i.Reported {
		certainty = reason.Likely
	}
	i.add(unused, severity, h, Finding{Certainty: certainty, Evidence: i.ways(h, surplus...),
		Reason:  msg.New("Its known calls (%d) require %s, and it also holds %s.", len(known), texts.List(smallest), texts.List(i.shortest(surplus))),
		Sources: []msg.Message{msg.New("The calls are those that were given; what each requires was measured on Keycloak %s.", cover.On)},
		Fix:     msg.New("Grant %s, if it lacks that, then revoke the others.", texts.List(smallest)), Commands: i.revokeBut(h, needed, surplus)})
}

// breaks finds known calls that pass today, and that a newer version refuses by what is documented of it.
func (i *inspection) breaks(h *access.Holder, calls []roles.Call) {
	if !i.before(mappersSince) {
		return
	}
	later := *i.Place
	later.Version, later.Reported = keycloak.AdminAPIScopeSince, false
	for _, c := range calls {
		now, err := i.Ask(c)
		if err != nil {
			continue
		}
		then, err := later.Ask(c)
		if err != nil || now.Decide(h.Subject).Answer == access.Refused || then.Decide(h.Subject).Answer != access.Refused {
			continue
		}
		f := Finding{Certainty: reason.Likely, role: c.Method + " " + then.Answer.Path, Reason: msg.New("Its call %s passes today, and a newer version refuses it with the roles that it holds.", c.Method+" "+c.Path),
			Fix: msg.New("Before the upgrade, grant what the call requires then (fix403 roles --as %s), or do without the call.", keycloak.AdminAPIScopeSince)}
		for _, d := range i.Matrix.DocumentedBetween(then.Answer.Endpoint, i.Version, later.Version) {
			f.Sources = append(f.Sources, d.Sentence())
		}
		i.add(breaksNext, Medium, h, f)
	}
}
