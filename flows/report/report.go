// Package report has the documents of a run: JSON, JUnit and the transcripts.
package report

import (
	"context"
	"errors"

	"fix403/flows/crash"
	"fix403/flows/outfile"
	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/foreign"
)

// Report is the JSON document of a run; its names are a contract.
type Report struct {
	Tool               Tool         `json:"tool"`
	Server             Server       `json:"server"`
	Realm              string       `json:"realm"`
	ClientID           string       `json:"client_id"`
	UserID             string       `json:"user_id"`
	Result             story.Status `json:"result"`
	Steps              []Step       `json:"steps"`
	FirstCall          *Call        `json:"first_call"`
	OldTokenAfterGrant *OldToken    `json:"old_token_after_grant"`
	SecondCall         *Call        `json:"second_call"`
	Created            []Created    `json:"created"`
	Warnings           []string     `json:"warnings,omitempty"`
	Error              *Error       `json:"error,omitempty"`
}

// Tool names the program.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Server names the server; Version is null where it does not tell.
type Server struct {
	URL      string  `json:"url"`
	Version  *string `json:"version"`
	Practice bool    `json:"practice"`
}

// Step is a step and its exchanges.
type Step struct {
	ID           story.StepID `json:"id"`
	Title        string       `json:"title"`
	Result       story.Status `json:"result"` // passed, failed or skipped
	Checked      string       `json:"checked,omitempty"`
	Notes        []string     `json:"notes,omitempty"`
	Milliseconds int64        `json:"milliseconds"`
	Exchanges    []Exchange   `json:"exchanges"`
	Error        *Error       `json:"error,omitempty"`
}

// Exchange is an exchange in short; Status is 0 when no answer came.
type Exchange struct {
	Method       string `json:"method"`
	URL          string `json:"url"`
	Status       int    `json:"status"`
	Milliseconds int64  `json:"milliseconds"`
	Purpose      string `json:"purpose"`
}

// Call is the call and the roles of realm-management in its token, sorted.
type Call struct {
	Status       int      `json:"status"`
	RolesInToken []string `json:"roles_in_token"`
}

// OldToken is what the token from before the grant got afterwards; RolesDecided is null where that shows nothing.
type OldToken struct {
	Status       int     `json:"status"`
	RolesDecided *string `json:"roles_decided"`
}

// Created is an object that the run created.
type Created struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Removed bool   `json:"removed"`
}

// Error is why something failed.
type Error struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// ErrorOf puts an error into the form of a report. What could not be written is always named, beside another error too.
func ErrorOf(err error) *Error {
	if err == nil {
		return nil
	}
	r := &Error{Kind: "unexpected", Message: texts.Error(err)}
	lost := outputErrors(err)
	var check *params.CheckError
	var crash *crash.Crash
	switch {
	case errors.As(err, &check):
		r = &Error{Kind: check.Kind, Message: texts.Say(check.Message), Hint: texts.Say(check.Hint)}
	case params.AsKeycloakError(err) != nil:
		e := params.AsKeycloakError(err)
		r = &Error{Kind: string(e.Kind), Message: texts.Say(e.Message), Hint: texts.Say(e.Hint)}
	case errors.As(err, &crash):
		r = &Error{Kind: "unexpected", Message: crash.Error(), Hint: crash.Hint()}
	case len(lost) > 0 && errors.Is(err, context.Canceled):
		r = &Error{Kind: string(failure.Canceled), Message: texts.T("Interrupted.")}
	case len(lost) > 0:
		r, lost = &Error{Kind: "not-written", Message: texts.Error(lost[0]), Hint: texts.T("Make room, or name another file.")}, lost[1:]
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

// New draws a run's report from its state and exchanges. err is what ended the run early, or nil.
func New(version string, s *story.Story, err error) Report {
	st := s.State()
	r := Report{
		Tool:   Tool{Name: "fix403", Version: version},
		Server: Server{URL: st.URL, Practice: st.Practice},
		Realm:  st.Params.Realm, ClientID: st.Params.ClientID,
		Result: story.StatusPassed, Steps: []Step{}, Created: []Created{},
		FirstCall: callReport(st.FirstCall), SecondCall: callReport(st.SecondCall), Error: ErrorOf(err),
	}
	if st.Version != "" {
		r.Server.Version = &st.Version
	}
	if st.User != nil {
		r.UserID = st.User.ID
	}
	if c := st.OldTokenCall; c != nil {
		r.OldTokenAfterGrant = &OldToken{Status: c.Exchange.Status}
		if st.RolesDecided != "" {
			r.OldTokenAfterGrant.RolesDecided = &st.RolesDecided
		}
	}
	exchanges, ran := s.Exchanges(), 0
	for _, step := range story.Steps() {
		rs := Step{ID: step.ID, Title: texts.T(step.Title), Result: story.StatusSkipped, Exchanges: []Exchange{}}
		if result, ran := st.Results[step.ID]; ran {
			rs.Result, rs.Checked, rs.Notes, rs.Milliseconds = result.Status, result.Checked, result.Notes, result.Duration.Milliseconds()
			rs.Error = ErrorOf(result.Err)
		}
		switch {
		case rs.Result == story.StatusPassed:
			ran++
		case rs.Result == story.StatusFailed, ran > 0:
			r.Result = story.StatusFailed
		}
		for _, e := range exchanges {
			if e.Step == string(step.ID) {
				rs.Exchanges = append(rs.Exchanges, Exchange{e.Method, e.URL, e.Status, e.Duration.Milliseconds(), e.Purpose.String()})
			}
		}
		r.Steps = append(r.Steps, rs)
	}
	for _, c := range st.Created {
		r.Created = append(r.Created, Created{c.Kind, c.Name, c.Removed})
	}
	switch {
	case err != nil:
		r.Result = story.StatusFailed
	case ran == 0 && r.Result == story.StatusPassed:
		r.Result = story.StatusSkipped // a dry run
	}
	return r
}

func callReport(c *story.Call) *Call {
	if c == nil {
		return nil
	}
	return &Call{Status: c.Exchange.Status, RolesInToken: c.Token.Roles(keycloak.RealmManagement)}
}

// JSON returns the report as an indented document.
func (r Report) JSON() ([]byte, error) {
	text, err := foreign.JSON(r)
	return append(text, '\n'), err
}

// shown is text in XML, which has no way to write a control character, not even by its number.
type shown string

// MarshalText implements [encoding.TextMarshaler].
func (s shown) MarshalText() ([]byte, error) { return []byte(foreign.Text(string(s))), nil }
