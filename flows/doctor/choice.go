package doctor

import (
	"slices"

	"fix403/flows/change"
	"fix403/flows/doctor/need"
	"fix403/flows/doctor/phrase"
	"fix403/flows/journal"
	"fix403/flows/roles"
	"fix403/keycloak/msg"
)

// Choices returns the ways to let the call through between which [Doctor.Fix] does not choose; nil where there is only one, or one was
// chosen. The first are those that grant the least.
func (doc *Doctor) Choices() []need.Choice {
	grants := slices.ContainsFunc(doc.Plan(), func(c change.Change) bool { return c.Kind == journal.ChangeGrant })
	if doc.chosen != nil || !grants || doc.d.Verdict == AudienceMissing {
		return nil
	}
	return doc.d.Choices()
}

// Choices returns the ways to let the call through where there are several; nil for one. The first are those that grant the least.
func (d *Diagnosis) Choices() []need.Choice {
	if len(d.Lesser)+len(d.Equal) == 0 {
		return nil
	}
	var all []need.Choice
	for _, role := range d.Lesser {
		all = append(all, need.Choice{Roles: []string{role}, Reduced: true})
	}
	for _, set := range slices.Concat([][]string{d.SmallestRoles}, d.Equal) {
		all = append(all, need.Choice{Roles: set})
	}
	return all
}

// Choose decides which of the [Doctor.Choices] is granted.
func (doc *Doctor) Choose(c need.Choice) {
	doc.chosen = c.Roles
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
	choices = slices.DeleteFunc(choices, func(c need.Choice) bool { return c.Reduced })
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
	return cannot("Run fix403 doctor --fix on a terminal and without --yes, which asks; or grant the role of your choice by hand, as shown.",
		"Each of these is enough, and fix403 does not choose between them: %s. Nothing was changed.", roles.Or(what))
}

// toGrant returns the roles that a fix grants: those that were chosen, or else the least.
func (x *examination) toGrant() []string {
	switch {
	case x.chosen != nil:
		return x.chosen
	case len(x.d.Lesser) > 0:
		return x.d.Lesser[:1]
	}
	return x.d.SmallestRoles
}

// needs returns what the call needs, as a part of a sentence, and offers a role that is less where the whole answer takes a powerful one.
func (x *examination) needs() msg.Message {
	whole := phrase.Sets(append([][]string{x.d.SmallestRoles}, x.d.Equal...))
	if len(x.d.Lesser) == 0 {
		return whole
	}
	return msg.New("%s (an answer with fewer fields) or %s (the whole answer)", roles.Or(x.d.Lesser), whole)
}

// offerLess finds the least roles with which a call that was refused is answered with fewer fields. They are offered first where the whole
// answer takes a powerful role, and are mentioned elsewhere.
func (x *examination) offerLess() {
	lesser := x.need().Lesser(x.view.Known)
	if slices.ContainsFunc(x.d.SmallestRoles, need.Powerful) {
		x.d.Lesser = lesser
	}
	x.lesser = lesser
}

// sayChoice says what fix403 has not chosen, and on which versions that was measured.
func (x *examination) sayChoice() {
	v := x.d.Verdict
	if v == nil || x.d.Answer == nil {
		return
	}
	on := roles.Said(x.d.Answer.MeasuredOn)
	grants := v == RoleMissing || v == RoleOnWrongAccount || v == SameNameElsewhere
	switch {
	case !grants:
		x.d.Lesser = nil
	case len(x.d.Lesser) > 0:
		x.also(msg.New("The answer with fewer fields may be enough, was measured on %s, and takes no powerful role: try it first.", on))
	case len(x.lesser) > 0:
		x.also(msg.New("If an answer with fewer fields is enough, so is %s (measured on %s).", roles.Or(x.lesser), on))
	}
	if !grants && v != FilteredList {
		x.d.Equal = nil
	}
	if len(x.d.Equal) > 0 {
		x.also(msg.New("Each of them is enough, and none is smaller than another (measured on %s): fix403 has not chosen.", on))
	}
}

// choiceCaution precedes lines that grant one of several choices; empty where there is only one, or it was chosen.
func (x *examination) choiceCaution() msg.Message {
	if x.chosen != nil || len(x.d.Lesser)+len(x.d.Equal) == 0 {
		return msg.Message{}
	}
	return msg.New("These lines grant %s, which is one of the choices that the diagnosis names.", phrase.Roles(x.toGrant()))
}
