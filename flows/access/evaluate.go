package access

import (
	"context"
	"slices"
	"strings"

	"fix403/flows/doctor/permission"
	"fix403/flows/doctor/reason"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// Evaluate has the server evaluate permissions where they may decide otherwise than roles, for a call that names its objects. The request is a
// POST that changes nothing.
func (r *Reader) Evaluate(ctx context.Context, q *Question, s Subject, d *Decision) error {
	needs, opened := q.needs()
	if !d.permitted || !opened || needs.Body || strings.Contains(q.Call.Path, "{") || s.Account.Kind == Group {
		return nil
	}
	v, err := permission.Look(ctx, permission.By{Admin: r.admin, Realm: q.Place.Realm, Account: s.Account.ID}, needs)
	if err == nil && needs.List != "" {
		err = v.LookAtShown(ctx)
	}
	if err != nil {
		return r.unseen(err, "What the admin permissions of the realm allow")
	}
	if p, is := fleeting(v); is {
		d.Why = []msg.Message{msg.New("The policy %s (%s) decides by more than the account: by the time or the request.", p.Name, p.Kind)}
		return nil
	}
	d.Why, d.Certainty = v.Says(), reason.Likely
	opens, certain := true, true
	if s.Account.Kind == ServiceAccount && needs.List == "" {
		opens, certain = permission.OpensForServiceAccounts(q.Place.Version)
	}
	switch {
	case v.Allowed() && !certain:
		d.Why = append(d.Why, msg.New("Whether a permission lets a service account access the object on this version: on %s it does not (measured).", permission.ClosedOn()))
	case v.Allowed() && opens:
		d.Answer, d.Missing = Whole, []string{}
	case needs.List == "":
		d.Answer = d.byRoles
	case len(v.Shown) > 0 && slices.Contains(s.Held, needs.Query):
		d.Answer = Filtered
	case !v.AllNamed:
		d.Why = append(d.Why, msg.New("Whether permissions show any object: not all of them were looked at."))
	case d.byRoles == Whole: // a query- role shows nothing by itself
		d.Answer = Filtered
	default:
		d.Answer = d.byRoles
	}
	return nil
}

// fleeting returns a policy whose result is not that of the account alone.
func fleeting(v *permission.View) (keycloak.DecidingPolicy, bool) {
	for _, set := range v.Sets {
		for _, decision := range set {
			for _, g := range decision.Grants {
				for _, p := range g.Policies {
					if !slices.Contains([]string{"user", "role", "group", "client"}, p.Kind) {
						return p, true
					}
				}
			}
		}
	}
	return keycloak.DecidingPolicy{}, false
}
