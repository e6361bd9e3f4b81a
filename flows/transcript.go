package flows

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"os"
	"slices"
	"strings"
	texttemplate "text/template"

	"fix403/keycloak"
)

// TranscriptSaved says what [SaveTranscript] wrote.
const TranscriptSaved = "Saved as fix403-transcript.html and .md: all that was sent and answered, with secrets masked."

// SaveTranscript writes the transcript as HTML and as Markdown into the working directory. It never overwrites: a file of
// these names may be somebody's own. Errors have [keycloak.KindBadInput].
func SaveTranscript(s *Story) error {
	files := []struct {
		name string
		draw func(*Story) (string, error)
	}{{"fix403-transcript.html", HTML}, {"fix403-transcript.md", Markdown}}
	for _, file := range files {
		if _, err := os.Lstat(file.name); err == nil {
			return badInput("Move it away, or save from another folder.", "There is a file %s already. It was left as it is, and nothing was saved.", file.name)
		}
	}
	for _, file := range files {
		text, err := file.draw(s)
		if err == nil {
			err = writeNew(file.name, text, 0o644) // masked, and for others to read
		}
		if err != nil {
			return badInput("", "The transcript was not saved: %v.", err)
		}
	}
	return nil
}

// transcript is what both forms of a transcript are drawn from.
type transcript struct {
	State   State
	Began   string // when the first request was sent; "" if none was
	Outcome string // what came out, for somebody who was not there
	Calls   []transcriptCall
	Steps   []transcriptStep
}

type transcriptStep struct {
	*Step
	Result    Result
	Error     *ReportError
	Explained string
	Calls     []transcriptCall // calls of the story's request, with the gates
	Exchanges []transcriptExchange
}

type transcriptCall struct {
	Label string
	*Call
	Roles []string
}

type transcriptExchange struct {
	keycloak.Exchange
	Open bool // it is what the story is about
}

func newTranscript(s *Story) transcript {
	t := transcript{State: s.State()}
	t.Outcome = outcome(t.State)
	exchanges := s.Exchanges()
	if len(exchanges) > 0 {
		t.Began = exchanges[0].Started.UTC().Format("2006-01-02 15:04 UTC")
	}
	for _, step := range Steps() {
		ts := transcriptStep{Step: step, Result: t.State.Results[step.ID], Explained: step.Explain(t.State)}
		ts.Error = ErrorReport(ts.Result.Err)
		add := func(label string, c *Call) {
			if c != nil {
				ts.Calls = append(ts.Calls, transcriptCall{label, c, c.Token.Roles(keycloak.RealmManagement)})
			}
		}
		switch step.ID {
		case StepFirstCall:
			add("Before the grant", t.State.FirstCall)
		case StepSecondCall:
			add("The old token after the grant", t.State.OldTokenCall)
			add("A new token after the grant", t.State.SecondCall)
		case StepConnect, StepRealm, StepClient, StepUser, StepGrant:
		}
		for _, e := range exchanges {
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
func outcome(s State) string {
	about := "A client with good credentials asks Keycloak's admin API for a user, by GET /admin/realms/{realm}/users/{user-id}. "
	for _, step := range Steps() {
		switch r := s.Results[step.ID]; r.Status {
		case StatusPassed:
		case StatusFailed:
			return about + fmt.Sprintf("This run did not come to its end: it stopped at the step %q.", step.Title)
		case StatusOpen, StatusSkipped:
			return about + fmt.Sprintf("This run did not come to its end: the step %q was not done.", step.Title)
		}
	}
	return about + fmt.Sprintf("It was answered with %s, since the client's service account held no role that allows it. It was given one role, %s of %s, and the same request was answered with %s.",
		StatusName(s.FirstCall.Exchange.Status), theRole, keycloak.RealmManagement, StatusName(s.SecondCall.Exchange.Status))
}

var transcriptFuncs = map[string]any{
	"gates":  GateLine,
	"stops":  markedGates,
	"status": StatusName,
	"list":   list,
	"plain":  plainText,
	"md":     markdownText,
	"body":   shortBody,
	"fenced": func(s string) string { return strings.ReplaceAll(shortBody(s), fence, "~~~ ~") },
	"names":  func(h map[string][]string) []string { return slices.Sorted(maps.Keys(h)) },
	"join":   func(v []string) string { return strings.Join(v, ", ") },
}

// plainText drops control characters: text of a server must not steer a terminal that shows the transcript.
func plainText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, s)
}

// markdownText is a text that may hold words of a server, on one line and without HTML.
func markdownText(s string) string {
	return strings.NewReplacer("\n", " ", "<", "&lt;").Replace(plainText(s))
}

// markedGates is the row of gates with the stop made to stand out.
func markedGates(s Stop) template.HTML {
	line := template.HTMLEscapeString(GateLine(s))
	if s.Gate == GateNone {
		return template.HTML(line) // #nosec G203 -- escaped above
	}
	stop, rest, _ := strings.Cut(line, " STOP")
	before, gate := "", stop
	if i := strings.LastIndex(stop, " "); i >= 0 {
		before, gate = stop[:i+1], stop[i+1:]
	}
	status, after, _ := strings.Cut(rest, " &gt;")
	if after != "" {
		after = " &gt;" + after
	}
	return template.HTML(before + `<strong class="failed">` + gate + " STOP" + status + "</strong>" + after) // #nosec G203 -- escaped above
}

// fence is around what went over the wire in Markdown.
const fence = "~~~~"

// PrettyBody is a body of an exchange as it is shown: JSON indented, its fields in the order of the wire, and a form with
// one field a line.
func PrettyBody(body string) string {
	trimmed := strings.TrimSpace(body)
	if strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") {
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
func shortBody(s string) string {
	const mostLines, most = 40, 3000
	all := plainText(PrettyBody(s))
	lines := strings.Split(all, "\n")
	short := strings.Join(lines[:min(len(lines), mostLines)], "\n")
	if len(short) > most {
		short = strings.ToValidUTF8(short[:most], "")
	}
	if len(short) < len(all) {
		short += "\n… (cut here; the body is longer)"
	}
	return short
}

const markdownTemplate = `# From 403 to 200

{{md .Outcome}}

Server {{.State.URL}}{{with .State.Version}}, Keycloak {{md .}}{{end}}{{if .State.Practice}} (the practice server inside fix403: its address exists only there){{end}}.
Realm ` + "`{{.State.Params.Realm}}`, client `{{.State.Params.ClientID}}`, user `{{.State.Params.Username}}`" + `.{{with .Began}} Begun {{.}}.{{end}}
Secrets and tokens are masked as ` + "`***`" + `.
{{if .Calls}}
| the call | answered with | roles of realm-management in the token |
|---|---|---|
{{range .Calls}}| {{.Label}} | {{status .Exchange.Status}} | {{list .Roles}} |
{{end}}{{end}}
{{- range .Steps}}
## {{.Title}}

{{md .Goal}} {{md .Why}}
{{with .Result.Done}}
- Did: {{md .}}{{end}}{{with .Result.Checked}}
- Checked: {{md .}}{{end}}{{range .Result.Notes}}
- Note: {{md .}}{{end}}{{with .Error}}
- **Failed** ({{.Kind}}): {{md .Message}} {{md .Hint}}{{end}}{{if not .Result.Status}}
- Not done.{{end}}
{{range .Calls}}
**{{.Label}}**: {{status .Exchange.Status}}; roles of realm-management in the token: {{list .Roles}}. On its way through the gates:

    {{gates .Stop}}

{{md .Stop.Means}}
{{end}}{{with .Explained}}
{{md .}}
{{end}}{{range .Exchanges}}
<details{{if .Open}} open{{end}}><summary>{{.Method}} {{md .URL}}: {{if .Status}}{{.Status}}{{else}}no answer{{end}} ({{md .Purpose}}, {{.Duration.Milliseconds}} ms)</summary>

~~~~http
{{.Method}} {{plain .URL}}
{{$h := .RequestHeader}}{{range names $h}}{{.}}: {{plain (join (index $h .))}}
{{end}}{{with .RequestBody}}
{{fenced .}}
{{end}}
{{with .Err}}(no answer: {{plain .}})
{{end}}{{if .Status}}{{.Proto}} {{status .Status}}
{{$h := .ResponseHeader}}{{range names $h}}{{.}}: {{plain (join (index $h .))}}
{{end}}{{with .ResponseBody}}
{{fenced .}}
{{end}}{{end}}~~~~

</details>
{{end}}{{end}}
## What was created

{{range .State.Created}}- {{.Kind}} ` + "`{{.Name}}`" + `{{if .Removed}} (removed again){{end}}
{{else}}- nothing
{{end}}`

const htmlTemplate = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width,initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<title>From 403 to 200: {{.State.Params.Realm}}</title>
<style>
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
h2{margin-top:2.5rem;border-top:1px solid #8888;padding-top:1rem}
pre{background:#f4f4f4;padding:.8rem;overflow:auto;font-size:.85rem}code{background:#f4f4f4}
table{border-collapse:collapse}td,th{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8888}
summary{cursor:pointer;overflow-wrap:anywhere}
.passed{color:#12652f}.failed{color:#a4161a}.gates{font-family:monospace}.lead{font-size:1.15rem}
@media(prefers-color-scheme:dark){body{color:#e8e8e8;background:#161616}pre,code{background:#242424}.passed{color:#7ee2a0}.failed{color:#ff9a9a}}
@media print{body{max-width:none;margin:0;color:#000;background:#fff}pre,code{background:none}pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #888}.passed,.failed{color:#000}h2,table,summary{break-after:avoid}}
</style></head><body>
<h1>From 403 to 200</h1>
<p class="lead">{{plain .Outcome}}</p>
<p>Server {{.State.URL}}{{with .State.Version}}, Keycloak {{plain .}}{{end}}{{if .State.Practice}} (the practice server inside fix403: its address exists only there){{end}}.
Realm <code>{{.State.Params.Realm}}</code>, client <code>{{.State.Params.ClientID}}</code>, user <code>{{.State.Params.Username}}</code>.{{with .Began}} Begun {{.}}.{{end}}
Secrets and tokens are masked as <code>***</code>.</p>
{{with .Calls}}<table><thead><tr><th>the call</th><th>answered with</th><th>roles of realm-management in the token</th></tr></thead><tbody>
{{range .}}<tr><td>{{.Label}}</td><td class="{{if eq .Exchange.Status 200}}passed{{else}}failed{{end}}">{{status .Exchange.Status}}</td><td>{{list .Roles}}</td></tr>
{{end}}</tbody></table>{{end}}
{{range .Steps}}
<h2>{{.Title}}</h2>
<p>{{.Goal}} {{.Why}}</p>
<ul>{{with .Result.Done}}<li>Did: {{plain .}}</li>{{end}}{{with .Result.Checked}}<li class="passed">Checked: {{plain .}}</li>{{end}}{{range .Result.Notes}}<li>Note: {{plain .}}</li>{{end}}
{{with .Error}}<li class="failed">Failed ({{.Kind}}): {{plain .Message}} {{plain .Hint}}</li>{{end}}{{if not .Result.Status}}<li>Not done.</li>{{end}}</ul>
{{range .Calls}}<p><strong>{{.Label}}</strong>: {{status .Exchange.Status}}; roles of realm-management in the token: {{list .Roles}}. On its way through the gates:</p>
<p class="gates">{{stops .Stop}}</p><p>{{.Stop.Means}}</p>{{end}}
{{with .Explained}}<p>{{plain .}}</p>{{end}}
{{range .Exchanges}}<details{{if .Open}} open{{end}}><summary>{{.Method}} {{plain .URL}}: {{if .Status}}{{.Status}}{{else}}no answer{{end}} ({{plain .Purpose}}, {{.Duration.Milliseconds}} ms)</summary>
<pre>{{.Method}} {{plain .URL}}
{{$h := .RequestHeader}}{{range names $h}}{{.}}: {{plain (join (index $h .))}}
{{end}}{{with .RequestBody}}
{{body .}}{{end}}</pre>
<pre>{{with .Err}}(no answer: {{plain .}}){{end}}{{if .Status}}{{.Proto}} {{status .Status}}
{{$h := .ResponseHeader}}{{range names $h}}{{.}}: {{plain (join (index $h .))}}
{{end}}{{with .ResponseBody}}
{{body .}}{{end}}{{end}}</pre></details>
{{end}}{{end}}
<h2>What was created</h2>
<ul>{{range .State.Created}}<li>{{.Kind}} <code>{{.Name}}</code>{{if .Removed}} (removed again){{end}}</li>{{else}}<li>nothing</li>{{end}}</ul>
</body></html>
`

var (
	markdownTranscript = texttemplate.Must(texttemplate.New("markdown").Funcs(transcriptFuncs).Parse(markdownTemplate))
	htmlTranscript     = template.Must(template.New("html").Funcs(transcriptFuncs).Parse(htmlTemplate))
)

// Markdown returns the transcript of a run, with the exchanges and the gates, masked.
func Markdown(s *Story) (string, error) {
	var b strings.Builder
	err := markdownTranscript.Execute(&b, newTranscript(s))
	return b.String(), err
}

// HTML returns the same as one self-contained page.
func HTML(s *Story) (string, error) {
	var b strings.Builder
	err := htmlTranscript.Execute(&b, newTranscript(s))
	return b.String(), err
}
