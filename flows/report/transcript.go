package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"

	"fix403/flows/gate"
	"fix403/flows/outfile"
	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/flows/story"
	"fix403/flows/story/made"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/foreign"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// TranscriptSaved says what [SaveTranscript] wrote.
const TranscriptSaved texts.Text = "Saved as fix403-transcript.html and .md: all requests and responses, with secrets masked."

// SaveTranscript writes the transcript as HTML and as Markdown into the working directory. It never overwrites: a file of
// these names may be the user's own. Errors have [failure.BadInput].
func SaveTranscript(p *texts.Printer, s story.Snapshot) error {
	files := []struct {
		name string
		draw func(*texts.Printer, story.Snapshot) string
	}{{"fix403-transcript.html", HTML}, {"fix403-transcript.md", Markdown}}
	for _, file := range files {
		if _, err := os.Lstat(file.name); err == nil {
			return problem.BadInput("Move it away, or save from another folder.", "The file %s already exists. It was left unchanged, and nothing was saved.", file.name)
		}
	}
	for _, file := range files {
		if err := outfile.WriteNew(file.name, file.draw(p, s), 0o644); err != nil { // masked, and for others to read
			return problem.BadInput("", "The transcript was not saved: %v.", outfile.Reason(err))
		}
	}
	return nil
}

// transcript is what both forms of a transcript are drawn from.
type transcript struct {
	*texts.Printer
	State   *story.State
	Began   string      // when the first request was sent; "" if none was
	Outcome msg.Message // what came out, for a reader who was not there
	Calls   []transcriptCall
	Steps   []transcriptStep
}

type transcriptStep struct {
	*story.Step
	Result    story.Result
	Error     *Failure
	Explained msg.Message
	Calls     []transcriptCall // calls of the story's request, with the gates
	Exchanges []transcriptExchange
}

type transcriptCall struct {
	Label texts.Text
	*story.Call
	Roles []string
}

type transcriptExchange struct {
	wire.Exchange
	Open bool // it is what the story is about
}

func newTranscript(p *texts.Printer, s story.Snapshot) transcript {
	t := transcript{Printer: p, State: s.State}
	t.Outcome = outcome(t.State)
	if len(s.Exchanges) > 0 {
		t.Began = s.Exchanges[0].Started.UTC().Format("2006-01-02 15:04 UTC")
	}
	for _, step := range story.Steps() {
		ts := transcriptStep{Step: step, Result: t.State.Results[step.ID], Explained: step.Explain(t.State)}
		if err := ts.Result.Err; err != nil {
			f := FailureOf(err)
			ts.Error = &f
		}
		for _, c := range step.Calls(t.State) {
			ts.Calls = append(ts.Calls, transcriptCall{c.Name, c.Call, c.Token.Roles(keycloak.RealmManagement)})
		}
		for _, e := range s.Exchanges {
			if e.Step == string(step.ID) {
				about := slices.ContainsFunc(ts.Calls, func(c transcriptCall) bool { return c.Exchange.ID == e.ID })
				ts.Exchanges = append(ts.Exchanges, transcriptExchange{e, about})
			}
		}
		t.Calls = append(t.Calls, ts.Calls...)
		t.Steps = append(t.Steps, ts)
	}
	return t
}

// outcome is the run in a few sentences.
func outcome(s *story.State) msg.Message {
	about := msg.New("A client with good credentials asks Keycloak's admin API for a user, by GET /admin/realms/{realm}/users/{user-id}.")
	and := func(m msg.Message) msg.Message { return msg.List(" ", about, m) }
	for _, step := range story.Steps() {
		switch r := s.Results[step.ID]; r.Status {
		case story.StatusPassed:
		case story.StatusFailed:
			return and(msg.New("This run did not finish: it stopped at the step %q.", step.Title))
		case story.StatusOpen, story.StatusSkipped:
			return and(msg.New("This run did not finish: the step %q was not done.", step.Title))
		}
	}
	if c := s.AudienceCall; c != nil {
		about = msg.List(" ", about, msg.New("First the response was %s: the token is genuine, but this server requires the admin API in its audience. The client scope %s was assigned to the client, and the call was repeated with a new token.", gate.StatusName(c.Exchange.Status), keycloak.AdminAPIScope))
	}
	return and(msg.New("The response was %s, since the client's service account held no role that allows the call. It was granted one role, %s of %s, and the response to the same request was %s.",
		gate.StatusName(s.FirstCall.Exchange.Status), params.TheRole, keycloak.RealmManagement, gate.StatusName(s.SecondCall.Exchange.Status)))
}

// PrettyBody is a body of an exchange as it is shown: JSON indented, its fields in the order of the wire, and a form with
// one field a line.
func PrettyBody(body string) string {
	trimmed := strings.TrimSpace(body)
	// Each level of a thousand would be indented by all those around it.
	if (strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[")) && !wire.TooComplex([]byte(trimmed)) {
		var b bytes.Buffer
		if json.Indent(&b, []byte(trimmed), "", "  ") == nil {
			return b.String()
		}
	}
	if strings.HasPrefix(trimmed, "grant_type=") || strings.HasPrefix(trimmed, "client_id=") {
		trimmed = strings.ReplaceAll(trimmed, "&", "\n&")
	}
	return trimmed
}

// shortBody cuts long bodies, after a line: a transcript is for reading.
func (t transcript) shortBody(s string) string {
	const mostLines, most = 40, 3000
	all := foreign.Text(PrettyBody(s))
	lines := strings.Split(all, "\n")
	short := strings.Join(lines[:min(len(lines), mostLines)], "\n")
	if len(short) > most {
		short = strings.ToValidUTF8(short[:most], "")
	}
	if len(short) < len(all) {
		short += "\n" + t.T("… (cut here; the body is longer)")
	}
	return short
}

func (t transcript) server() string {
	said := t.T("Server %s", t.State.URL)
	if t.State.Version != "" {
		said += ", Keycloak " + t.Say(t.State.ServerVersion())
	}
	if t.State.Practice {
		said += " " + t.T("(the practice server inside fix403: its address exists only there)")
	}
	return said + "."
}

func (t transcript) begun() string {
	if t.Began == "" {
		return ""
	}
	return " " + t.T("Started %s.", t.Began)
}

// outcomeLine is one thing to say about how a step ended.
type outcomeLine struct {
	label, text    string
	passed, failed bool
}

func (t transcript) outcomeOf(s transcriptStep) []outcomeLine {
	var out []outcomeLine
	if !s.Result.Done.Empty() {
		out = append(out, outcomeLine{label: t.T("Did:") + " ", text: t.Say(s.Result.Done)})
	}
	if !s.Result.Checked.Empty() {
		out = append(out, outcomeLine{label: t.T("Checked:") + " ", text: t.Say(s.Result.Checked), passed: true})
	}
	for _, n := range s.Result.Notes {
		out = append(out, outcomeLine{label: t.T("Note:") + " ", text: t.Say(n)})
	}
	if s.Error != nil {
		out = append(out, outcomeLine{label: t.T("Failed"), text: fmt.Sprintf(" (%s): %s %s", s.Error.Kind, t.Say(s.Error.Message), t.Say(s.Error.Hint)), failed: true})
	}
	if s.Result.Status == story.StatusOpen {
		out = append(out, outcomeLine{label: t.T("Not done.")})
	}
	return out
}

func (c transcriptCall) answered() msg.Message {
	return msg.New("%s; roles of realm-management in the token: %s. Its way through the gates:", gate.StatusName(c.Exchange.Status), texts.List(c.Roles))
}

func (e transcriptExchange) open() string {
	if e.Open {
		return " open"
	}
	return ""
}

func (t transcript) summary(e transcriptExchange) string {
	status := t.Say(gate.StatusName(0))
	if e.Status != 0 {
		status = fmt.Sprint(e.Status)
	}
	return fmt.Sprintf("%s %s: %s (%s, %d ms)", e.Method, e.URL, status, t.Say(e.Purpose), e.Duration.Milliseconds())
}

func (t transcript) request(e transcriptExchange) string {
	return t.message(e.Method+" "+e.URL, e.RequestHeader, e.RequestBody)
}

func (t transcript) answer(e transcriptExchange) string {
	if e.Status == 0 {
		return foreign.Line(t.T("(no response: %v)", e.Err))
	}
	return t.message(e.Proto+" "+t.Say(gate.StatusName(e.Status)), e.ResponseHeader, e.ResponseBody)
}

// message is what went over the wire, in the form of HTTP.
func (t transcript) message(first string, header http.Header, body string) string {
	lines := []string{foreign.Line(first)}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		lines = append(lines, foreign.Line(name+": "+strings.Join(header[name], ", ")))
	}
	if body != "" {
		lines = append(lines, "", t.shortBody(body))
	}
	return strings.Join(lines, "\n")
}

func (t transcript) removedAgain(c made.Object) string {
	switch {
	case c.Removed:
		return " " + t.T("(removed again)")
	case c.InDoubt:
		return " " + t.T("(perhaps: its removal was sent but not confirmed)")
	}
	return ""
}
