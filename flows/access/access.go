// Package access tells which calls of the admin API an account may make, and which accounts may make a call. It reads who holds what, with
// requests that change nothing, and decides by the measured matrix: the predicate is that of the doctor, [need.Need.Allows].
package access

import (
	"fix403/flows/doctor/reason"
	"fix403/flows/roles"
	"fix403/keycloak/msg"
)

// Kind is what an account is.
type Kind string

// The kinds of accounts. A group makes no calls: its members do.
const (
	ServiceAccount Kind = "service-account"
	User           Kind = "user"
	Group          Kind = "group"
)

// Account is whose calls are decided on.
type Account struct {
	Kind     Kind
	Name     string // username, or the path of a group
	ClientID string // of a service account; of a user, the client through which they log in, where it is known
	Realm    string
	ID       string
}

// Answer is what a call of an account gets.
type Answer string

// The answers.
const (
	Whole    Answer = "whole"
	Filtered Answer = "filtered" // it succeeds, and hides something
	Refused  Answer = "refused"
	Unknown  Answer = "unknown" // what decides cannot be known here
)

// Subject is an account with what decides on its calls.
type Subject struct {
	Account Account
	Held    []string // roles of the container in effect: direct ones, through groups and composites, within the client's scope
	// Outside are roles that the account holds, and that the client's scope keeps out.
	Outside    []string
	RealmRoles []string // of an account of master
	// Barred says why no call with a token of this account gets anywhere, whatever the roles; Doubt, what that or the roles are inferred from.
	Barred, Doubt msg.Message
	Notes         []msg.Message // what else was assumed
}

// Decision is what an account gets from a call.
type Decision struct {
	Endpoint  *roles.Endpoint
	Method    string
	Answer    Answer
	Certainty reason.Certainty
	Missing   []string      // roles that the account lacks for the whole answer; never nil
	Why       []msg.Message // what is not known, or matters besides roles

	byRoles   Answer // by roles alone
	permitted bool   // permissions may decide otherwise
}
