package doctor

import (
	"slices"

	"fix403/flows/change"
	"fix403/flows/doctor/caller"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/need"
	"fix403/flows/doctor/phrase"
	"fix403/flows/journal"
	"fix403/flows/roles"
	"fix403/keycloak/sift"
)

// Choices returns the ways to let the call through between which [Doctor.Fix] does not choose; nil where there is only one, or one was
// chosen. The first are those that grant the least.
func (doc *Doctor) Choices() []need.Choice {
	grants := slices.ContainsFunc(doc.Plan(), func(c change.Change) bool { return c.Kind == journal.ChangeGrant })
	if doc.Chosen != nil || !grants || doc.Diagnosis.Verdict == caller.AudienceMissing {
		return nil
	}
	return doc.Diagnosis.Choices()
}

// Choose decides which of the [Doctor.Choices] is granted.
func (doc *Doctor) Choose(c need.Choice) {
	doc.Chosen = c.Roles
	doc.advise()
}

// ChooseFor decides for a person who is not asked, where what they allowed decides: the roles with the whole answer where powerful ones are
// allowed, and else those with fewer fields. Between sets of roles that are as small nothing decides: then it returns why.
func (doc *Doctor) ChooseFor(allowPowerful bool) error {
	choices := doc.Choices()
	if len(choices) > 0 && choices[0].Reduced && !allowPowerful {
		doc.Choose(choices[0])
		return nil
	}
	choices = sift.Out(choices, func(c need.Choice) bool { return c.Reduced })
	if len(choices) == 1 {
		doc.Choose(choices[0])
	}
	return doc.Undecided()
}

// Undecided returns the error of a fix for which a choice is missing; nil if none is.
func (doc *Doctor) Undecided() error {
	choices := doc.Choices()
	if len(choices) == 0 {
		return nil
	}
	var what []string
	for _, c := range choices {
		what = append(what, phrase.Roles(c.Roles).String())
	}
	return exam.Cannot("Run fix403 doctor --fix on a terminal and without --yes, which asks; or grant the role of your choice by hand, as shown.",
		"Any of these is enough, and fix403 does not choose between them: %s. Nothing was changed.", roles.Or(what))
}
