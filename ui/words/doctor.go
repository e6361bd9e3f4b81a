package words

import (
	"fmt"
	"slices"
	"strings"

	"fix403/flows/change"
	"fix403/flows/doctor"
	"fix403/flows/texts"
)

// Section is a part of a text under a heading.
type Section struct {
	Title string
	Lines []string
	Code  bool   // lines are shown as they are, not wrapped
	Name  string // of a form of the fix, to choose it by
}

// Diagnosis is a diagnosis as sections, behind its summary and its row of gates.
func (w Words) Diagnosis(d *doctor.Diagnosis) []Section {
	found := w.Found(d)
	seen, unchecked := found, []Section(nil)
	if len(d.NotChecked) > 0 { // comes behind the fix
		seen, unchecked = found[:len(found)-1], found[len(found)-1:]
	}
	return slices.Concat(seen, w.Fixes(d), unchecked)
}

// Fixes is the fix in the forms that it has.
func (w Words) Fixes(d *doctor.Diagnosis) []Section {
	var clicks []string
	for i, c := range d.Fix.Console {
		clicks = append(clicks, fmt.Sprintf("%d. %s", i+1, w.Say(c)))
	}
	program := func(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }
	all := []Section{
		{w.T("In the Admin Console"), clicks, false, "console"},
		{w.T("With curl"), d.Fix.Script(d.Fix.Curl, w.Say), true, "curl"},
		{w.T("With kcadm.sh"), d.Fix.Script(d.Fix.Kcadm, w.Say), true, "kcadm"},
		{w.T("With Terraform"), program(d.Fix.Terraform), true, "Terraform"},
		{w.T("The call in TypeScript"), program(d.Fix.TypeScript), true, "TypeScript"},
		{w.T("The call in Go"), program(d.Fix.Go), true, "Go"},
	}
	return slices.DeleteFunc(all, func(s Section) bool { return strings.Join(s.Lines, "") == "" })
}

// Found is the part of a diagnosis that says what was found, without the fix.
func (w Words) Found(d *doctor.Diagnosis) []Section {
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
		unseen = append(unseen, w.Say(m))
	}
	add(w.T("Not checked"), unseen...)
	return out
}

var certainties = map[doctor.Certainty]texts.Text{doctor.Proved: "proved", doctor.Likely: "likely"}

// Verdict is a verdict in one line: "role-missing (proved), stopped at the gate of role with 403".
func (w Words) Verdict(d *doctor.Diagnosis) string {
	where := w.T("stopped at the gate of %s", d.Gate)
	if d.Verdict.Works() {
		where = w.T("passes every gate")
	}
	if d.Status != 0 {
		where += w.T(" with %d", d.Status)
	}
	return fmt.Sprintf("%s (%s), %s", d.Verdict, w.T(certainties[d.Certainty]), where)
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
func (w Words) AfterFix(d *doctor.Diagnosis) []string {
	if d.After == nil {
		return nil
	}
	line := w.T("The same call now: %d (before: %d).", d.After.Status, d.Status)
	if d.After.Status == 0 {
		line = w.T("The call itself is not sent, since it could change something. By the matrix it is now not as wanted.")
		if d.After.Worked {
			line = w.T("The call itself is not sent, since it could change something. By the matrix it is now as wanted.")
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
	return text + w.T("fix403 doctor --undo, with the same client and an admin's login, takes it back.") + "\n"
}

// Question is what is asked for a diagnosis: what for, and what it means.
type Question struct{ Label, Help texts.Text }

// The questions for a diagnosis, by what they are for.
var (
	AskURL        = Question{"Server URL", "such as http://localhost:8080 or https://sso.example.com/auth"}
	AskIssuer     = Question{"Server URL", "empty: the one that the token names as its issuer"}
	AskRealm      = Question{"Realm of the client", "case sensitive"}
	AskClient     = Question{"Client id", "of the client that makes the call"}
	AskSecret     = Question{"Client secret", "used for this run only, stored nowhere; empty for a public client"}
	AskCurlClient = Question{"Client id", "of the client that gets the token: the command holds a shell variable in its place"}
	AskCurlSecret = Question{"Client secret", "the command does not hold it, or holds a shell variable; empty for a public client"}
	AskToken      = Question{"Access token", "used for this run only, stored nowhere; the answer of a token endpoint will do"}
	AskCall       = Question{"Call", `such as "GET /admin/realms/{realm}/users/{user-id}"; empty: the list of users, or the user of the id below`}
	AskUser       = Question{"User id", "for {user-id} in the call"}
	AskCurl       = Question{"Curl command", "with its line breaks; what is pasted is not shown"}
)
