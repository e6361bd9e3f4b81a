package words

import (
	"fix403/flows/change"
	"fix403/flows/doctor"
	"fix403/flows/journal"
	"fix403/flows/roles"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// What follows says its sentences in the language of the whole program. It goes when every caller has its own [Words].

// InUse returns the words of the whole program.
func InUse() Words { return Words{texts.InUse()} }

func Diagnosis(d *doctor.Diagnosis) []Section       { return InUse().Diagnosis(d) }
func Fixes(d *doctor.Diagnosis) []Section           { return InUse().Fixes(d) }
func Found(d *doctor.Diagnosis) []Section           { return InUse().Found(d) }
func Verdict(d *doctor.Diagnosis) string            { return InUse().Verdict(d) }
func Planned(changes []change.Change) []string      { return InUse().Planned(changes) }
func AfterFix(d *doctor.Diagnosis) []string         { return InUse().AfterFix(d) }
func (t Trial) State() string                       { return InUse().TrialState(t) }
func (t Trial) Verdict() string                     { return InUse().TrialVerdict(t) }
func (t Trial) Predicted() string                   { return InUse().Predicted(t) }
func (t Trial) Happened() string                    { return InUse().Happened(t) }
func (t Trial) Compared() string                    { return InUse().Compared(t) }
func Recaps(trials []Trial) []Recap                 { return InUse().Recaps(trials) }
func LabCount(trials []Trial) string                { return InUse().LabCount(trials) }
func Differences(trials []Trial) []string           { return InUse().Differences(trials) }
func LabSummary(trials []Trial) string              { return InUse().LabSummary(trials) }
func SmallestRoles(a roles.Answer) string           { return InUse().SmallestRoles(a) }
func RolesLine(a roles.Answer) string               { return InUse().RolesLine(a) }
func CoverTakes(c roles.Cover) string               { return InUse().CoverTakes(c) }
func NotAllowed(a roles.Answer) string              { return InUse().NotAllowed(a) }
func NewRoleTable(version string) *RoleTable        { return InUse().RoleTable(version) }
func RolesFailure(err error) (string, string)       { return InUse().RolesFailure(err) }
func Failure(err error) (string, string)            { return InUse().Failure(err) }
func Unfinished(u journal.Unfinished) string        { return InUse().Unfinished(u) }
func Roles(t *token.Token) string                   { return InUse().Roles(t) }
func RoleNames(names []string) string               { return InUse().RoleNames(names) }
func Removal(s story.State) string                  { return InUse().Removal(s) }
func Summary(s story.State) string                  { return InUse().Summary(s) }
func CreatedLine(c story.Created) string            { return InUse().CreatedLine(c) }
func Calls(s story.State) []string                  { return InUse().Calls(s) }
func CoverOpens(c roles.Cover, v string) string     { return InUse().CoverOpens(c, v) }
func RoleOpens(role string, n int, v string) string { return InUse().RoleOpens(role, n, v) }

func IssuedRoles(e wire.Exchange, s story.State) string { return InUse().IssuedRoles(e, s) }

func Standing(server string, changes []change.Change) string {
	return InUse().Outstanding(server, changes)
}

func AnswerLines(a roles.Answer, sets int, more string) []Labelled {
	return InUse().AnswerLines(a, sets, more)
}

func Guess(q story.Question, guess int, s story.State) (string, bool) {
	return InUse().Guess(q, guess, s)
}
