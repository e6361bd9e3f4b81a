package flows

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"time"

	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/foreign"
)

// Report is the JSON document of a run; its names are a contract.
type Report struct {
	Tool               ReportTool      `json:"tool"`
	Server             ReportServer    `json:"server"`
	Realm              string          `json:"realm"`
	ClientID           string          `json:"client_id"`
	UserID             string          `json:"user_id"`
	Result             Status          `json:"result"`
	Steps              []ReportStep    `json:"steps"`
	FirstCall          *ReportCall     `json:"first_call"`
	OldTokenAfterGrant *ReportOldToken `json:"old_token_after_grant"`
	SecondCall         *ReportCall     `json:"second_call"`
	Created            []ReportCreated `json:"created"`
	Warnings           []string        `json:"warnings,omitempty"`
	Error              *ReportError    `json:"error,omitempty"`
}

// ReportTool names the program.
type ReportTool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// ReportServer names the server; Version is null where it does not tell.
type ReportServer struct {
	URL      string  `json:"url"`
	Version  *string `json:"version"`
	Practice bool    `json:"practice"`
}

// ReportStep is a step and its exchanges.
type ReportStep struct {
	ID           StepID           `json:"id"`
	Title        string           `json:"title"`
	Result       Status           `json:"result"` // passed, failed or skipped
	Checked      string           `json:"checked,omitempty"`
	Notes        []string         `json:"notes,omitempty"`
	Milliseconds int64            `json:"milliseconds"`
	Exchanges    []ReportExchange `json:"exchanges"`
	Error        *ReportError     `json:"error,omitempty"`
}

// ReportExchange is an exchange in short; Status is 0 when no answer came.
type ReportExchange struct {
	Method       string `json:"method"`
	URL          string `json:"url"`
	Status       int    `json:"status"`
	Milliseconds int64  `json:"milliseconds"`
	Purpose      string `json:"purpose"`
}

// ReportCall is the call and the roles of realm-management in its token, sorted.
type ReportCall struct {
	Status       int      `json:"status"`
	RolesInToken []string `json:"roles_in_token"`
}

// ReportOldToken is what the token from before the grant got afterwards; RolesDecided is null where that shows nothing.
type ReportOldToken struct {
	Status       int     `json:"status"`
	RolesDecided *string `json:"roles_decided"`
}

// ReportCreated is an object that the run created.
type ReportCreated struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Removed bool   `json:"removed"`
}

// ReportError is why something failed.
type ReportError struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// ErrorReport puts an error into the form of a report. What could not be written is always named, beside another error too.
func ErrorReport(err error) *ReportError {
	if err == nil {
		return nil
	}
	r := &ReportError{Kind: "unexpected", Message: texts.Error(err)}
	lost := outputErrors(err)
	var check *CheckError
	var crash *Crash
	switch {
	case errors.As(err, &check):
		r = &ReportError{Kind: check.Kind, Message: texts.Say(check.Message), Hint: texts.Say(check.Hint)}
	case asKeycloakError(err) != nil:
		e := asKeycloakError(err)
		r = &ReportError{Kind: string(e.Kind), Message: texts.Say(e.Message), Hint: texts.Say(e.Hint)}
	case errors.As(err, &crash):
		r = &ReportError{Kind: "unexpected", Message: crash.Error(), Hint: crash.Hint()}
	case len(lost) > 0 && errors.Is(err, context.Canceled):
		r = &ReportError{Kind: string(keycloak.KindCanceled), Message: texts.T("Interrupted.")}
	case len(lost) > 0:
		r, lost = &ReportError{Kind: "not-written", Message: texts.Error(lost[0]), Hint: texts.T("Make room, or name another file.")}, lost[1:]
	default:
		return r
	}
	for _, one := range lost {
		r.Message += " " + texts.Error(one)
	}
	return r
}

// outputErrors are all of an error that say what was not written.
func outputErrors(err error) []*OutputError {
	switch e := err.(type) { //nolint:errorlint // each one of a tree is looked for
	case *OutputError:
		return []*OutputError{e}
	case interface{ Unwrap() []error }:
		var all []*OutputError
		for _, one := range e.Unwrap() {
			all = append(all, outputErrors(one)...)
		}
		return all
	case interface{ Unwrap() error }:
		return outputErrors(e.Unwrap())
	}
	return nil
}

// NewReport draws a run's report from its state and exchanges. err is what ended the run early, or nil.
func NewReport(version string, s *Story, err error) Report {
	st := s.State()
	r := Report{
		Tool:   ReportTool{Name: "fix403", Version: version},
		Server: ReportServer{URL: st.URL, Practice: st.Practice},
		Realm:  st.Params.Realm, ClientID: st.Params.ClientID,
		Result: StatusPassed, Steps: []ReportStep{}, Created: []ReportCreated{},
		FirstCall: callReport(st.FirstCall), SecondCall: callReport(st.SecondCall), Error: ErrorReport(err),
	}
	if st.Version != "" {
		r.Server.Version = &st.Version
	}
	if st.User != nil {
		r.UserID = st.User.ID
	}
	if c := st.OldTokenCall; c != nil {
		r.OldTokenAfterGrant = &ReportOldToken{Status: c.Exchange.Status}
		if st.RolesDecided != "" {
			r.OldTokenAfterGrant.RolesDecided = &st.RolesDecided
		}
	}
	exchanges, ran := s.Exchanges(), 0
	for _, step := range Steps() {
		rs := ReportStep{ID: step.ID, Title: texts.T(step.Title), Result: StatusSkipped, Exchanges: []ReportExchange{}}
		if result, ran := st.Results[step.ID]; ran {
			rs.Result, rs.Checked, rs.Notes, rs.Milliseconds = result.Status, result.Checked, result.Notes, result.Duration.Milliseconds()
			rs.Error = ErrorReport(result.Err)
		}
		switch {
		case rs.Result == StatusPassed:
			ran++
		case rs.Result == StatusFailed, ran > 0:
			r.Result = StatusFailed
		}
		for _, e := range exchanges {
			if e.Step == string(step.ID) {
				rs.Exchanges = append(rs.Exchanges, ReportExchange{e.Method, e.URL, e.Status, e.Duration.Milliseconds(), e.Purpose.String()})
			}
		}
		r.Steps = append(r.Steps, rs)
	}
	for _, c := range st.Created {
		r.Created = append(r.Created, ReportCreated{c.Kind, c.Name, c.Removed})
	}
	switch {
	case err != nil:
		r.Result = StatusFailed
	case ran == 0 && r.Result == StatusPassed:
		r.Result = StatusSkipped // a dry run
	}
	return r
}

func callReport(c *Call) *ReportCall {
	if c == nil {
		return nil
	}
	return &ReportCall{Status: c.Exchange.Status, RolesInToken: c.Token.Roles(keycloak.RealmManagement)}
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

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name      shown         `xml:"name,attr"`
	Class     string        `xml:"classname,attr"`
	Time      string        `xml:"time,attr"`
	Failure   *junitFailure `xml:"failure,omitempty"`
	Skipped   *struct{}     `xml:"skipped,omitempty"`
	SystemOut shown         `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Type    string `xml:"type,attr"`
	Message shown  `xml:"message,attr"`
	Text    shown  `xml:",chardata"`
}

// JUnit returns the report as a JUnit XML test suite, one case a step.
func (r Report) JUnit() ([]byte, error) {
	suite := junitSuite{Name: "fix403 run", Tests: len(r.Steps)}
	var total int64
	for _, s := range r.Steps {
		total += s.Milliseconds
		c := junitCase{Name: shown(s.ID), Class: "fix403.run", Time: seconds(s.Milliseconds), SystemOut: shown(s.Checked)}
		switch s.Result {
		case StatusFailed:
			suite.Failures++
			c.Failure = &junitFailure{Type: "unexpected"}
			if s.Error != nil {
				c.Failure = &junitFailure{Type: s.Error.Kind, Message: shown(s.Error.Message), Text: shown(s.Error.Hint)}
			}
		case StatusSkipped, StatusOpen:
			suite.Skipped++
			c.Skipped = &struct{}{}
		case StatusPassed:
		}
		suite.Cases = append(suite.Cases, c)
	}
	suite.Time = seconds(total)
	text, err := xml.MarshalIndent(suite, "", "  ")
	return append([]byte(xml.Header), append(text, '\n')...), err
}

// JUnitCase is a JUnit XML test suite of one case, which fails with a message other than "".
func JUnitCase(suiteName, name, failure string, milliseconds int64) ([]byte, error) {
	c := junitCase{Name: shown(name), Class: strings.ReplaceAll(suiteName, " ", "."), Time: seconds(milliseconds)}
	suite := junitSuite{Name: suiteName, Tests: 1, Time: c.Time}
	if failure != "" {
		suite.Failures, c.Failure = 1, &junitFailure{Type: "call-failed", Message: shown(failure)}
	}
	suite.Cases = []junitCase{c}
	text, err := xml.MarshalIndent(suite, "", "  ")
	return append([]byte(xml.Header), append(text, '\n')...), err
}

func seconds(ms int64) string {
	return fmt.Sprintf("%.3f", (time.Duration(ms) * time.Millisecond).Seconds())
}
