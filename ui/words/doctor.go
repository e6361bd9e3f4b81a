package words

import (
	"fmt"
	"slices"
	"strings"

	"fix403/flows/change"
	"fix403/flows/console"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/given"
	"fix403/flows/doctor/reason"
	"fix403/flows/gate"
	"fix403/flows/paste"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
)

// Section is a part of a text under a heading.
type Section struct {
	Title string
	Lines []string
	Code  bool   // lines are shown as they are, not wrapped
	Shell bool   // it is commands for a shell
	Name  string // of a form of the fix, to choose it by
}

// Diagnosis is a diagnosis as sections, behind its summary and its row of gates.
func (w Words) Diagnosis(d *exam.Diagnosis) []Section {
	found := w.Found(d)
	seen, unchecked := found, []Section(nil)
	if len(d.NotChecked) > 0 { // comes behind the fix
		seen, unchecked = found[:len(found)-1], found[len(found)-1:]
	}
	return slices.Concat(seen, w.Fixes(d), unchecked)
}

// Fixes is the fix in the forms that it has.
func (w Words) Fixes(d *exam.Diagnosis) []Section {
	var clicks []string
	for i, c := range d.Fix.Console {
		clicks = append(clicks, fmt.Sprintf("%d. %s", i+1, w.Say(c)))
	}
	program := func(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }
	all := []Section{
		{w.T("In the Admin Console"), clicks, false, false, "console"},
		{w.T("With curl"), d.Fix.Script(d.Fix.Curl, w.Say), true, true, "curl"},
		{w.T("With kcadm.sh"), d.Fix.Script(d.Fix.Kcadm, w.Say), true, true, "kcadm"},
		{w.T("With Terraform"), program(d.Fix.Terraform), true, false, "Terraform"},
		{w.T("The call in TypeScript"), program(d.Fix.TypeScript), true, false, "TypeScript"},
		{w.T("The call in Go"), program(d.Fix.Go), true, false, "Go"},
	}
	return sift.Out(all, func(s Section) bool { return strings.Join(s.Lines, "") == "" })
}

// Found is the part of a diagnosis that says what was found, without the fix.
func (w Words) Found(d *exam.Diagnosis) []Section {
	var out []Section
	add := func(title string, lines ...string) {
		if len(lines) > 0 {
			out = append(out, Section{Title: title, Lines: lines})
		}
	}
	var seen []string
	for _, e := range d.Evidence {
		seen = append(seen, fmt.Sprintf("%-6s  %s", e.Source, Clean(w.Say(e.Says))))
	}
	add(w.T("What was seen"), seen...)
	var doubts []string
	for _, l := range d.Reasoning.Doubts() {
		doubts = append(doubts, w.T(states[l.State])+"  "+Clean(w.Say(l.Says)))
	}
	add(w.T("Not seen, but the verdict rests on it"), doubts...)
	var choices []string
	for _, c := range d.Choices() {
		choices = append(choices, w.Say(c.Description()))
	}
	add(w.T("One of these is enough"), choices...)
	if len(d.SmallestRoles) > 0 && len(choices) == 0 {
		add(w.T("The smallest role for this call"), strings.Join(d.SmallestRoles, w.T(" together with ")))
	}
	if d.Answer != nil {
		add(w.T("Good to know"), w.SayAll(d.Answer.Traps)...)
	}
	var unseen []string
	for _, m := range d.NotChecked {
		if !slices.ContainsFunc(d.Reasoning.Doubts(), func(l reason.Link) bool { return l.Says.String() == m.String() }) {
			unseen = append(unseen, w.Say(m))
		}
	}
	add(w.T("Not checked"), unseen...)
	return out
}

// states are how the links of the reasoning are known that were not observed.
var states = map[reason.State]texts.Text{reason.Inferred: "inferred", reason.Unknown: "undecided", reason.Unsent: "not sent"}

var certainties = map[exam.Certainty]texts.Text{exam.Proved: "proved", exam.Likely: "likely", exam.Predicted: "predicted"}

// Verdict is a verdict in one line: "role-missing (proved), stopped at the gate of role with 403".
func (w Words) Verdict(d *exam.Diagnosis) string {
	where := w.T("stopped at the gate of %s", d.Gate)
	if d.Verdict.WouldWork() {
		where = w.T("not sent")
	}
	if d.Verdict.Works() {
		where = w.T("passes every gate")
	}
	if d.Status != 0 {
		where += w.T(" with %d", d.Status)
	}
	return fmt.Sprintf("%s (%s), %s", d.Verdict, w.T(certainties[d.Certainty]), where)
}

// grants are the ways to a token, as a caller's line names them.
var grants = map[string]texts.Text{
	given.ClientCredentials: "client credentials grant",
	given.PasswordGrant:     "password grant",
	given.RefreshGrant:      "refresh token grant",
	given.TokenExchange:     "token exchange",
	"":                      "with the token as given",
}

// Caller says in whose name the call is made, behind the heading "Caller": which account of which realm, by which client and grant.
func (w Words) Caller(d *exam.Diagnosis) string {
	c := d.Caller
	who, client := w.T("unknown: nothing shows which account"), c.ClientID
	switch {
	case c.Kind == exam.User && c.Name == "":
		who = w.T("a user that the token does not name")
	case c.Kind == exam.User:
		who = w.T("the user %s", Clean(c.Name))
	case c.Kind == exam.ServiceAccount && strings.EqualFold(c.Name, change.ServiceAccountName(client)):
		who, client = w.T("the service account of the client %s", Clean(client)), ""
	case c.Kind == exam.ServiceAccount:
		who = w.T("the service account %s", Clean(c.Name))
	}
	parts := []string{who}
	if c.Realm != "" {
		parts = append(parts, w.T("realm %s", Clean(c.Realm)))
	}
	if client != "" {
		parts = append(parts, w.T("client %s", Clean(client)))
	}
	if grant, known := grants[c.Grant]; known {
		parts = append(parts, w.T(grant))
	}
	return strings.Join(parts, ", ")
}

// PasswordOf asks for the password of the user in whose name a pasted login gets its token: it names the server that gets it.
func (w Words) PasswordOf(l *paste.Login) string {
	if l.User == "" {
		return w.T("Password of that user (realm %s at %s)", Line(l.Realm), Line(l.Base))
	}
	return w.T("Password of the user %s (realm %s at %s)", Line(l.User), Line(l.Realm), Line(l.Base))
}

// RefreshTokenOf asks for the refresh token that a pasted login sends: it names the server that gets it.
func (w Words) RefreshTokenOf(l *paste.Login) string {
	return w.T("Refresh token (client %s, realm %s at %s)", Line(l.ClientID), Line(l.Realm), Line(l.Base))
}

// Seen is a piece of evidence.
type Seen struct{ Text, Source string }

// Evidence returns what was observed, in its order, and the order in which it decides: what an admin sees of rights and of clients
// first, and else what was seen last.
func (w Words) Evidence(d *exam.Diagnosis) (all []Seen, rank []int) {
	seen := d.Reasoning.Seen()
	var rest []int
	for i, link := range slices.Backward(seen) {
		if atServer := link.Source == reason.AtServer; atServer && (d.Gate == gate.Role || d.Gate == gate.Client) {
			rank = append(rank, i)
		} else {
			rest = append(rest, i)
		}
	}
	for _, link := range seen {
		all = append(all, Seen{Line(w.Say(link.Says)), string(link.Source)})
	}
	return all, append(rank, rest...)
}

// Doubt returns what the verdict rests on and was not seen; "" for nothing.
func (w Words) Doubt(d *exam.Diagnosis) string {
	doubts := d.Reasoning.Doubts()
	i := slices.IndexFunc(doubts, func(link reason.Link) bool { return !link.Says.Empty() })
	if i < 0 {
		return ""
	}
	return Line(w.Say(doubts[i].Says))
}

// RoleNeeded returns the smallest role, or those of which one is enough; where there is none, why: then none reports that.
func (w Words) RoleNeeded(d *exam.Diagnosis) (text string, none bool) {
	var all []string
	for _, c := range d.Choices() {
		all = append(all, w.Say(c.Description()))
	}
	switch {
	case len(all) > 0:
		return strings.Join(all, w.T(" or ")), false
	case len(d.SmallestRoles) > 0:
		return strings.Join(d.SmallestRoles, w.T(" together with ")), false
	case d.Verdict.Works(), d.Verdict.WouldWork():
		return w.T("none is missing"), true
	case d.Gate == gate.Role, d.Gate == gate.None:
		return w.T("none was found that opens this call"), true
	}
	return w.T("none helps: the call stops at the gate %s", d.Gate), true
}

// Clicks returns the fix in the Admin Console; the way to grant roles to a service account is one line, whole reports that.
func (w Words) Clicks(d *exam.Diagnosis, labels console.Labels, realm, client, arrow string) (steps []string, whole bool) {
	grant := change.GrantConsole(labels, realm, client, d.SmallestRoles...)
	if slices.EqualFunc(grant, d.Fix.Console, func(a, b msg.Message) bool { return a.String() == b.String() }) {
		return []string{Line(strings.Join([]string{"Clients", client, labels.ServiceAccountRoles, "Assign role", labels.ClientRoles, strings.Join(d.SmallestRoles, ", ")}, " "+arrow+" "))}, true
	}
	for i, c := range d.Fix.Console {
		steps = append(steps, Line(fmt.Sprintf("%d. %s", i+1, w.Say(c))))
	}
	return steps, false
}

// Planned is what a fix would change, as a sentence for each.
func (w Words) Planned(changes []change.Change) []string {
	var lines []string
	for _, c := range changes {
		lines = append(lines, w.T("%s, in the realm %s", c.Description(), c.Realm))
	}
	return lines
}

// AfterFix says what the same call did after a fix or its undoing, and how the token changed.
func (w Words) AfterFix(d *exam.Diagnosis) []string {
	if d.After == nil {
		return nil
	}
	line := w.T("The same call now: %d (before: %d).", d.After.Status, d.Status)
	if d.After.Status == 0 {
		line = w.T("The call itself is not sent, since it could change something. By the table, it now gives the wrong result.")
		if d.After.Worked {
			line = w.T("The call itself is not sent, since it could change something. By the table, it now gives the right result.")
		}
	}
	lines := []string{line}
	if !d.After.Outcome.Empty() {
		lines = append(lines, w.Say(d.After.Outcome))
	}
	if !d.OldToken.Empty() {
		lines = append([]string{w.Say(d.OldToken)}, lines...)
	}
	diff, ok := d.Difference()
	if !ok {
		return lines
	}
	for _, r := range diff.AddedRoles {
		lines = append(lines, "+ "+w.roleName(r.Client, r.Role))
	}
	for _, r := range diff.RemovedRoles {
		lines = append(lines, "- "+w.roleName(r.Client, r.Role))
	}
	switch {
	case d.After.Token == d.Token:
		lines = append(lines, w.T("It was made with the same token: without the client's secret there is no new one."))
	case len(diff.AddedRoles)+len(diff.RemovedRoles) == 0:
		lines = append(lines, w.T("Both tokens carry the same roles."))
	}
	return lines
}

func (w Words) roleName(client, role string) string {
	if client == "" {
		return w.T("realm role %s", Clean(role))
	}
	return Clean(client) + "/" + Clean(role)
}

// Outstanding says which changes of fixes on a server were not undone; "" for none.
func (w Words) Outstanding(server string, changes []change.Change) string {
	if len(changes) == 0 {
		return ""
	}
	text := w.T("Changed on %s by the diagnosis, and not undone:", Line(server)) + "\n"
	for _, line := range w.Planned(changes) {
		text += "  " + Line(line) + "\n"
	}
	return text + w.T("fix403 doctor --undo, with the same client and an admin login, undoes it.") + "\n"
}

// Question is what is asked for a diagnosis: what for, and what it means.
type Question struct{ Label, Help texts.Text }

// The questions for a diagnosis, by what they are for.
var (
	AskURL        = Question{"Server URL", "for example http://localhost:8080 or https://sso.example.com/auth"}
	AskIssuer     = Question{"Server URL", "empty: the issuer named in the token"}
	AskRealm      = Question{"Realm of the client", "case sensitive"}
	AskClient     = Question{"Client id", "of the client that makes the call"}
	AskSecret     = Question{"Client secret", "used for this run only, never stored; empty for a public client"}
	AskCurlClient = Question{"Client id", "of the client that gets the token: the text does not show it"}
	AskCurlSecret = Question{"Client secret", "the text does not show it; empty for a public client"}
	AskLoginUser  = Question{"User", "the user logging in: the text does not show the name"}
	AskUserPass   = Question{"Password of the user", "the text does not show it; used for this run only, never stored"}
	AskRefresh    = Question{"Refresh token", "the text does not show it; used for this run only, never stored"}
	AskToken      = Question{"Access token", "used for this run only, never stored; a token endpoint's response will do"}
	AskCall       = Question{"Call", `such as "GET /admin/realms/{realm}/users/{user-id}"; empty: the list of users, or the user of the id below`}
	AskUser       = Question{"User id", "for {user-id} in the call"}
	AskCurl       = Question{"Pasted call", "with its line breaks; the pasted text is not shown"}
)
