package flows

import (
	"bytes"
	"encoding/json"
	"html/template"
	"maps"
	"slices"
	"strings"
	texttemplate "text/template"

	"fix403/keycloak"
)

// transcript is what both forms of a transcript are drawn from.
type transcript struct {
	State State
	Steps []transcriptStep
}

type transcriptStep struct {
	*Step
	Result    Result
	Error     *ReportError
	Explained string
	Calls     []transcriptCall // calls of the story's request, with the gates
	Exchanges []keycloak.Exchange
}

type transcriptCall struct {
	Label string
	*Call
	Roles []string
}

func newTranscript(s *Story) transcript {
	t := transcript{State: s.State()}
	exchanges := s.Exchanges()
	for _, step := range Steps() {
		ts := transcriptStep{Step: step, Result: t.State.Results[step.ID], Explained: step.Explain(t.State)}
		ts.Error = ErrorReport(ts.Result.Err)
		for _, e := range exchanges {
			if e.Step == string(step.ID) {
				ts.Exchanges = append(ts.Exchanges, e)
			}
		}
		add := func(label string, c *Call) {
			if c != nil {
				ts.Calls = append(ts.Calls, transcriptCall{label, c, c.Token.Roles(keycloak.RealmManagement)})
			}
		}
		switch step.ID {
		case StepFirstCall:
			add("First call", t.State.FirstCall)
		case StepSecondCall:
			add("The old token after the grant", t.State.OldTokenCall)
			add("The same call with a new token", t.State.SecondCall)
		case StepConnect, StepRealm, StepClient, StepUser, StepGrant:
		}
		t.Steps = append(t.Steps, ts)
	}
	return t
}

var transcriptFuncs = map[string]any{
	"gates": GateLine,
	"list":  list,
	"plain": plainText,
	"body":  shortBody,
	"names": func(h map[string][]string) []string { return slices.Sorted(maps.Keys(h)) },
	"join":  func(v []string) string { return strings.Join(v, ", ") },
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

// shortBody cuts long bodies: a transcript is for reading.
func shortBody(s string) string {
	const most = 3000
	s = plainText(PrettyBody(s))
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "\n… (cut)"
	}
	return s
}

const markdownTemplate = `# From 403 to 200

Server {{.State.URL}}{{with .State.Version}}, Keycloak {{.}}{{end}}{{if .State.Practice}} (the practice server of fix403){{end}}.
Realm ` + "`{{.State.Params.Realm}}`, client `{{.State.Params.ClientID}}`, user `{{.State.Params.Username}}`" + `. Secrets are masked.
{{range .Steps}}
## {{.Title}}

{{.Goal}} {{.Why}}
{{with .Result.Done}}
- Did: {{.}}{{end}}{{with .Result.Checked}}
- Checked: {{.}}{{end}}{{range .Result.Notes}}
- Note: {{.}}{{end}}{{with .Error}}
- **Failed** ({{.Kind}}): {{plain .Message}} {{.Hint}}{{end}}{{if not .Result.Status}}
- Not done.{{end}}
{{range .Calls}}
**{{.Label}}**: {{.Exchange.Status}}; roles of realm-management in the token: {{list .Roles}}

    {{gates .Stop}}

{{.Stop.Means}}
{{end}}{{with .Explained}}
{{.}}
{{end}}{{range .Exchanges}}
<details><summary>{{.Method}} {{plain .URL}}: {{if .Status}}{{.Status}}{{else}}no answer{{end}} ({{.Purpose}}, {{.Duration.Milliseconds}} ms)</summary>

~~~~http
{{.Method}} {{plain .URL}}
{{$h := .RequestHeader}}{{range names $h}}{{.}}: {{plain (join (index $h .))}}
{{end}}{{with .RequestBody}}
{{body .}}
{{end}}
{{with .Err}}(no answer: {{plain .}})
{{end}}{{if .Status}}{{.Proto}} {{.Status}}
{{$h := .ResponseHeader}}{{range names $h}}{{.}}: {{plain (join (index $h .))}}
{{end}}{{with .ResponseBody}}
{{body .}}
{{end}}{{end}}~~~~

</details>
{{end}}{{end}}
## What was created

{{range .State.Created}}- {{.Kind}} ` + "`{{.Name}}`" + `{{if .Removed}} (removed again){{end}}
{{else}}- nothing
{{end}}`

const htmlTemplate = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>From 403 to 200</title>
<style>
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
pre{background:#f4f4f4;padding:.8rem;overflow:auto;font-size:.85rem}code{background:#f4f4f4}
.passed{color:#12652f}.failed{color:#a4161a}.gates{font-family:monospace}
@media(prefers-color-scheme:dark){body{color:#e8e8e8;background:#161616}pre,code{background:#242424}.passed{color:#7ee2a0}.failed{color:#ff9a9a}}
</style></head><body>
<h1>From 403 to 200</h1>
<p>Server {{.State.URL}}{{with .State.Version}}, Keycloak {{.}}{{end}}{{if .State.Practice}} (the practice server of fix403){{end}}.
Realm <code>{{.State.Params.Realm}}</code>, client <code>{{.State.Params.ClientID}}</code>, user <code>{{.State.Params.Username}}</code>. Secrets are masked.</p>
{{range .Steps}}
<h2>{{.Title}}</h2>
<p>{{.Goal}} {{.Why}}</p>
<ul>{{with .Result.Done}}<li>Did: {{.}}</li>{{end}}{{with .Result.Checked}}<li class="passed">Checked: {{.}}</li>{{end}}{{range .Result.Notes}}<li>Note: {{.}}</li>{{end}}
{{with .Error}}<li class="failed">Failed ({{.Kind}}): {{plain .Message}} {{.Hint}}</li>{{end}}{{if not .Result.Status}}<li>Not done.</li>{{end}}</ul>
{{range .Calls}}<p><strong>{{.Label}}</strong>: {{.Exchange.Status}}; roles of realm-management in the token: {{list .Roles}}</p>
<p class="gates">{{gates .Stop}}</p><p>{{.Stop.Means}}</p>{{end}}
{{with .Explained}}<p>{{.}}</p>{{end}}
{{range .Exchanges}}<details><summary>{{.Method}} {{plain .URL}}: {{if .Status}}{{.Status}}{{else}}no answer{{end}} ({{.Purpose}}, {{.Duration.Milliseconds}} ms)</summary>
<pre>{{.Method}} {{plain .URL}}
{{$h := .RequestHeader}}{{range names $h}}{{.}}: {{plain (join (index $h .))}}
{{end}}{{with .RequestBody}}
{{body .}}{{end}}</pre>
<pre>{{with .Err}}(no answer: {{plain .}}){{end}}{{if .Status}}{{.Proto}} {{.Status}}
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
