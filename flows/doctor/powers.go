package doctor

import (
	"slices"

	"fix403/flows/doctor/exam"
	"fix403/flows/journal"
	"fix403/flows/roles"
)

// Powers returns the powerful roles that [Doctor.Fix] would grant or let through.
func (doc *Doctor) Powers() []roles.Power {
	var out []roles.Power
	for _, c := range doc.Plan() {
		power, powerful := roles.PowerOf(c.Role)
		grants := c.Kind == journal.ChangeGrant || c.Kind == journal.ChangeRealmGrant || c.Kind == journal.ChangeScopeMapping
		if grants && powerful && !slices.Contains(out, power) {
			out = append(out, power)
		}
	}
	return out
}

// AllowPowerful lets [Doctor.Fix] grant powerful roles. It is for a person who was told the power and agreed to it.
func (doc *Doctor) AllowPowerful() { doc.allowed = true }

// tooPowerful returns why the fix grants none of its powerful roles, allowed or not; nil if it may.
func (doc *Doctor) tooPowerful() error {
	for _, p := range doc.Powers() {
		switch {
		case p.Role == roles.RealmAdmin:
			return exam.Cannot("Look for a smaller way to do what the call does, or grant the role by hand.", "fix403 never grants the role %s: its holder %s. Nothing was changed.", p.Role, p.Lets)
		case doc.Diagnosis.Certainty != exam.Proved:
			return exam.Cannot("See what was not checked. If the role is right, grant it by hand, as shown.", "The verdict is not proved, and the role %s is too powerful to grant on a guess: its holder %s. Nothing was changed.", p.Role, p.Lets)
		}
	}
	return nil
}

// Allowed returns the error for powerful roles that the user has not agreed to; nil if they did, or there are none.
func (doc *Doctor) Allowed() error {
	for _, p := range doc.Powers() {
		if !doc.allowed {
			return exam.Cannot("Add --allow-powerful if the account should have this power.", "The role %s is granted only after you agree to its power: its holder %s. Nothing was changed.", p.Role, p.Lets)
		}
	}
	return nil
}
