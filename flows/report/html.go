package report

import (
	"fmt"
	"html"
	"strings"

	"fix403/flows/gate"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak/foreign"
	"fix403/keycloak/wire"
)

// Page is text of HTML in the making.
type Page struct{ strings.Builder }

// Markup is HTML as it stands; every other value is text.
type Markup string

// Add puts values into a format of HTML as text: escaped, with nothing hidden.
func (p *Page) Add(format string, values ...any) {
	for i, v := range values {
		if _, ok := v.(Markup); !ok {
			values[i] = html.EscapeString(foreign.Text(fmt.Sprint(v)))
		}
	}
	_, _ = fmt.Fprintf(p, format, values...)
}

// Style is that of our pages, on light and dark screens and on paper.
const Style Markup = `
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
h2{margin-top:2.5rem;border-top:1px solid #8888;padding-top:1rem}
pre{background:#f4f4f4;padding:.8rem;overflow:auto;font-size:.85rem}code{background:#f4f4f4}
table{border-collapse:collapse}td,th{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8888}
summary{cursor:pointer;overflow-wrap:anywhere}
.passed{color:#12652f}.failed{color:#a4161a}.gates{font-family:monospace}.lead{font-size:1.15rem}
@media(prefers-color-scheme:dark){body{color:#e8e8e8;background:#161616}pre,code{background:#242424}.passed{color:#7ee2a0}.failed{color:#ff9a9a}}
@media print{body{max-width:none;margin:0;color:#000;background:#fff}pre,code{background:none}pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #888}.passed,.failed{color:#000}h2,table,summary{break-after:avoid}}
`

// HTML is the transcript of a run, with the exchanges and the gates, masked, as one page that needs nothing else.
func HTML(printer *texts.Printer, s story.Snapshot) string {
	t := newTranscript(printer, s)
	title := t.T("From 403 to 200")
	var p Page
	p.Add(`<!doctype html>
<html lang="%s"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width,initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<title>%s: %s</title>
<style>%s</style></head><body>
<h1>%s</h1>
<p class="lead">%s</p>
<p>%s
%s%s
%s</p>
`, t.Language(), title, t.State.Params.Realm, Style, title, t.Say(t.Outcome), t.server(),
		t.code("Realm %s, client %s, user %s.", t.State.Params.Realm, t.State.Params.ClientID, t.State.Params.Username), t.begun(),
		t.code("Secrets and tokens are masked as %s.", wire.Masked))
	if len(t.Calls) > 0 {
		p.Add("<table><thead><tr><th>%s</th><th>%s</th><th>%s</th></tr></thead><tbody>\n", t.T("the call"), t.T("answered with"), t.T("roles of realm-management in the token"))
		for _, c := range t.Calls {
			p.Add("<tr><td>%s</td><td%s>%s</td><td>%s</td></tr>\n", t.T(c.Label), class(c.Exchange.Status == 200, c.Exchange.Status != 200), t.Say(gate.StatusName(c.Exchange.Status)), t.Say(texts.List(c.Roles)))
		}
		p.Add("</tbody></table>\n")
	}
	for _, step := range t.Steps {
		p.Add("\n<h2>%s</h2>\n<p>%s %s</p>\n<ul>\n", t.T(step.Title), t.T(step.Goal), t.T(step.Why))
		for _, line := range t.outcomeOf(step) {
			p.Add("<li%s>%s%s</li>\n", class(line.passed, line.failed), line.label, line.text)
		}
		p.Add("</ul>\n")
		for _, c := range step.Calls {
			p.Add("<p><strong>%s</strong>: %s</p>\n<p class=\"gates\">%s</p><p>%s</p>\n", t.T(c.Label), t.Say(c.answered()), markedGates(c.Refusal), t.Say(c.Refusal.Explanation))
		}
		if !step.Explained.Empty() {
			p.Add("<p>%s</p>\n", t.Say(step.Explained))
		}
		for _, e := range step.Exchanges {
			p.Add("<details%s><summary>%s</summary>\n<pre>%s</pre>\n<pre>%s</pre></details>\n", e.open(), t.summary(e), t.request(e), t.answer(e))
		}
	}
	p.Add("\n<h2>%s</h2>\n<ul>", t.T("What was created"))
	for _, c := range t.State.Created {
		p.Add("<li>%s <code>%s</code>%s</li>", t.Say(c.Kind.Word()), c.Name, t.removedAgain(c))
	}
	if len(t.State.Created) == 0 {
		p.Add("<li>%s</li>", t.T("nothing"))
	}
	p.Add("</ul>\n</body></html>\n")
	return p.String()
}

// code puts names into a text as code.
func (t transcript) code(text texts.Text, names ...string) Markup {
	marked := make([]any, len(names))
	for i, name := range names {
		marked[i] = "<code>" + html.EscapeString(foreign.Line(name)) + "</code>"
	}
	return Markup(t.T(text, marked...))
}

func class(passed, failed bool) Markup {
	switch {
	case passed:
		return ` class="passed"`
	case failed:
		return ` class="failed"`
	}
	return ""
}

// markedGates is the row of gates with the stop made to stand out.
func markedGates(s gate.Refusal) Markup {
	line := html.EscapeString(gate.Line(s))
	if s.Gate == gate.None {
		return Markup(line)
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
	return Markup(before + `<strong class="failed">` + gate + " STOP" + status + "</strong>" + after)
}
