// Package report has the documents of a run: JSON, JUnit and the transcripts.
package report

import (
	"context"
	"errors"

	"fix403/flows/crash"
	"fix403/flows/document"
	"fix403/flows/outfile"
	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/foreign"
)

// ErrorOf puts an error into the form of a report. What could not be written is always named, beside another error too.
func ErrorOf(err error) *document.Error {
	if err == nil {
		return nil
	}
	r := &document.Error{Kind: "unexpected", Message: texts.Error(err)}
	lost := outputErrors(err)
	var check *params.CheckError
	var crash *crash.Crash
	switch {
	case errors.As(err, &check):
		r = &document.Error{Kind: check.Kind, Message: texts.Say(check.Message), Hint: texts.Say(check.Hint)}
	case params.AsKeycloakError(err) != nil:
		e := params.AsKeycloakError(err)
		r = &document.Error{Kind: string(e.Kind), Message: texts.Say(e.Message), Hint: texts.Say(e.Hint)}
	case errors.As(err, &crash):
		r = &document.Error{Kind: "unexpected", Message: crash.Error(), Hint: crash.Hint()}
	case len(lost) > 0 && errors.Is(err, context.Canceled):
		r = &document.Error{Kind: string(failure.Canceled), Message: texts.T("Interrupted.")}
	case len(lost) > 0:
		r, lost = &document.Error{Kind: "not-written", Message: texts.Error(lost[0]), Hint: texts.T("Make room, or name another file.")}, lost[1:]
	default:
		return r
	}
	for _, one := range lost {
		r.Message += " " + texts.Error(one)
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

// Tool returns the program that makes a document.
func Tool(version string) document.Tool { return document.Tool{Name: "fix403", Version: version} }

// Run returns the document of a run from its state and exchanges. err is what ended the run early, or nil.
func Run(version string, s *story.Story, err error) document.Run {
	st := s.State()
	r := document.Run{
		Tool: Tool(version), Server: document.ServerOf(st.URL, st.Version, st.Practice),
		Realm: st.Params.Realm, ClientID: st.Params.ClientID,
		Result: string(story.StatusPassed), Steps: []document.Step{}, Created: []document.Created{},
		FirstCall: callReport(st.FirstCall), SecondCall: callReport(st.SecondCall), Error: ErrorOf(err),
	}
	if st.User != nil {
		r.UserID = st.User.ID
	}
	if c := st.OldTokenCall; c != nil {
		r.OldTokenAfterGrant = &document.OldToken{Status: c.Exchange.Status}
		if st.RolesDecided != "" {
			r.OldTokenAfterGrant.RolesDecided = &st.RolesDecided
		}
	}
	exchanges, ran := s.Exchanges(), 0
	for _, step := range story.Steps() {
		rs := document.Step{ID: string(step.ID), Title: texts.T(step.Title), Result: string(story.StatusSkipped), Exchanges: []document.Exchange{}}
		if result, ran := st.Results[step.ID]; ran {
			rs.Result, rs.Checked, rs.Notes, rs.Milliseconds = string(result.Status), result.Checked, result.Notes, result.Duration.Milliseconds()
			rs.Error = ErrorOf(result.Err)
		}
		switch {
		case rs.Result == string(story.StatusPassed):
			ran++
		case rs.Result == string(story.StatusFailed), ran > 0:
			r.Result = string(story.StatusFailed)
		}
		for _, e := range exchanges {
			if e.Step == string(step.ID) {
				rs.Exchanges = append(rs.Exchanges, document.Exchange{Method: e.Method, URL: e.URL, Status: e.Status, Milliseconds: e.Duration.Milliseconds(), Purpose: e.Purpose.String()})
			}
		}
		r.Steps = append(r.Steps, rs)
	}
	for _, c := range st.Created {
		r.Created = append(r.Created, document.Created{Kind: c.Kind, Name: c.Name, Removed: c.Removed})
	}
	switch {
	case err != nil:
		r.Result = string(story.StatusFailed)
	case ran == 0 && r.Result == string(story.StatusPassed):
		r.Result = string(story.StatusSkipped) // a dry run
	}
	return r
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
