// Package report has the documents of a run: JSON, JUnit and the transcripts.
package report

import (
	"context"
	"errors"

	"fix403/flows/crash"
	"fix403/flows/document"
	"fix403/flows/outfile"
	"fix403/flows/problem"
	"fix403/flows/story"
	"fix403/flows/versions"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/foreign"
	"fix403/keycloak/msg"
)

// ErrorOf returns the document of an error, nil for none.
func ErrorOf(err error) *document.Error {
	if err == nil {
		return nil
	}
	f := FailureOf(err)
	return &document.Error{Kind: f.Kind, Message: f.Message.String(), Hint: f.Hint.String()}
}

// Failure is why something failed, and what helps.
type Failure struct {
	Kind          string
	Message, Hint msg.Message
}

// FailureOf returns what an error means for the user. What could not be written is always named, beside another error too.
func FailureOf(err error) Failure {
	r := Failure{Kind: "unexpected", Message: msg.Of(err)}
	lost := outputErrors(err)
	var check *problem.CheckError
	var crash *crash.Crash
	switch {
	case errors.As(err, &check):
		r = Failure{check.Kind, check.Message, check.Hint}
	case problem.AsKeycloakError(err) != nil:
		e := problem.AsKeycloakError(err)
		r = Failure{string(e.Kind), e.Message, e.Hint}
	case errors.As(err, &crash):
		r.Hint = crash.Hint()
	case len(lost) > 0 && errors.Is(err, context.Canceled):
		r = Failure{Kind: string(failure.Canceled), Message: msg.New("Interrupted.")}
	case len(lost) > 0:
		r, lost = Failure{"not-written", msg.Of(lost[0]), msg.New("Free disk space, or name another file.")}, lost[1:]
	default:
		return r
	}
	for _, one := range lost {
		r.Message = msg.List(" ", r.Message, msg.Of(one))
	}
	return r
}

// outputErrors are all of an error that say what was not written.
func outputErrors(err error) []*outfile.Error {
	switch e := err.(type) { //nolint:errorlint // each one of a tree is looked for
	case *outfile.Error:
		return []*outfile.Error{e}
	case interface{ Unwrap() []error }:
		var all []*outfile.Error
		for _, one := range e.Unwrap() {
			all = append(all, outputErrors(one)...)
		}
		return all
	case interface{ Unwrap() error }:
		return outputErrors(e.Unwrap())
	}
	return nil
}

// ServerOf returns the server of an address, which may be the practice server; version is "" where it does not tell.
func ServerOf(url, version string, practice bool) document.Server {
	s := document.ServerOf(url, version, practice)
	if practice && version != "" && !versions.Measured(version) {
		s.Measured = new(bool)
	}
	return s
}

// Tool returns the program that makes a document.
func Tool(version string) document.Tool { return document.Tool{Name: "fix403", Version: version} }

// Run returns the document of a run. err is what ended the run early, or nil.
func Run(version string, s story.Snapshot, err error) document.Run {
	st := s.State
	r := document.Run{
		Tool: Tool(version), Server: ServerOf(st.URL, st.Version, st.Practice),
		Realm: st.Params.Realm, ClientID: st.Params.ClientID,
		Result: string(story.StatusPassed), Steps: []document.Step{}, Created: []document.Created{},
		FirstCall: callReport(st.FirstCall), SecondCall: callReport(st.SecondCall), Error: ErrorOf(err),
	}
	if st.User != nil {
		r.UserID = st.User.ID
	}
	if c := st.AudienceCall; c != nil {
		r.AudienceCall = &document.AudienceCall{Status: c.Exchange.Status, Audience: append([]string{}, c.Token.Audience...), ScopeAssigned: st.ScopeAssigned}
	}
	if c := st.OldTokenCall; c != nil {
		r.OldTokenAfterGrant = &document.OldToken{Status: c.Exchange.Status}
		if st.RolesDecided != "" {
			r.OldTokenAfterGrant.RolesDecided = &st.RolesDecided
		}
	}
	ran := 0
	for _, step := range story.Steps() {
		rs := document.Step{ID: string(step.ID), Title: string(step.Title), Result: string(story.StatusSkipped), Exchanges: []document.Exchange{}}
		if result, ran := st.Results[step.ID]; ran && result.Status != story.StatusOpen {
			rs.Result, rs.Checked, rs.Notes, rs.Milliseconds = string(result.Status), result.Checked.String(), english(result.Notes), result.Duration.Milliseconds()
			rs.Error = ErrorOf(result.Err)
		}
		switch {
		case rs.Result == string(story.StatusPassed):
			ran++
		case rs.Result == string(story.StatusFailed), ran > 0:
			r.Result = string(story.StatusFailed)
		}
		for _, e := range s.Exchanges {
			if e.Step == string(step.ID) {
				rs.Exchanges = append(rs.Exchanges, document.Exchange{Method: e.Method, URL: e.URL, Status: e.Status, Milliseconds: e.Duration.Milliseconds(), Purpose: e.Purpose.String()})
			}
		}
		r.Steps = append(r.Steps, rs)
	}
	for _, c := range st.Created {
		r.Created = append(r.Created, document.Created{Kind: string(c.Kind), Name: c.Name, Removed: c.Removed})
	}
	switch {
	case err != nil:
		r.Result = string(story.StatusFailed)
	case ran == 0 && r.Result == string(story.StatusPassed):
		r.Result = string(story.StatusSkipped) // a dry run
	}
	return r
}

func english(all []msg.Message) []string {
	var out []string
	for _, m := range all {
		out = append(out, m.String())
	}
	return out
}

func callReport(c *story.Call) *document.Call {
	if c == nil {
		return nil
	}
	return &document.Call{Status: c.Exchange.Status, RolesInToken: c.Token.Roles(keycloak.RealmManagement)}
}

// shown is text in XML, which has no way to write a control character, not even by its number.
type shown string

// MarshalText implements [encoding.TextMarshaler].
func (s shown) MarshalText() ([]byte, error) { return []byte(foreign.Text(string(s))), nil }
