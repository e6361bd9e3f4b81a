package words

import (
	"fmt"
	"slices"
	"strings"

	"fix403/flows"
	"fix403/flows/doctor"
)

// Section is a part of a text under a heading.
type Section struct {
	Title string
	Lines []string
	Code  bool   // lines are shown as they are, not wrapped
	Name  string // of a form of the fix, to choose it by
}

// Diagnosis is a diagnosis as sections, behind its summary and its row of gates.
func Diagnosis(d *doctor.Diagnosis) []Section {
	found := Found(d)
	seen, unchecked := found, []Section(nil)
	if len(d.NotChecked) > 0 { // comes behind the fix
		seen, unchecked = found[:len(found)-1], found[len(found)-1:]
	}
	return slices.Concat(seen, Fixes(d), unchecked)
}

// Fixes is the fix in the forms that it has.
func Fixes(d *doctor.Diagnosis) []Section {
	var clicks []string
	for i, c := range d.Fix.Console {
		clicks = append(clicks, fmt.Sprintf("%d. %s", i+1, c))
	}
	program := func(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }
	all := []Section{
		{"In the Admin Console", clicks, false, "console"},
		{"With curl", d.Fix.Curl, true, "curl"},
		{"With kcadm.sh", d.Fix.Kcadm, true, "kcadm"},
		{"With Terraform", program(d.Fix.Terraform), true, "Terraform"},
		{"The call in TypeScript", program(d.Fix.TypeScript), true, "TypeScript"},
		{"The call in Go", program(d.Fix.Go), true, "Go"},
	}
	return slices.DeleteFunc(all, func(s Section) bool { return strings.Join(s.Lines, "") == "" })
}

// Found is the part of a diagnosis that says what was found, without the fix.
func Found(d *doctor.Diagnosis) []Section {
	var out []Section
	add := func(title string, lines ...string) {
		if len(lines) > 0 {
			out = append(out, Section{Title: title, Lines: lines})
		}
	}
	var seen []string
	for _, e := range d.Evidence {
		seen = append(seen, fmt.Sprintf("%-6s  %s", e.Source, Clean(e.Says)))
	}
	add("What was seen", seen...)
	if len(d.SmallestRoles) > 0 {
		add("The smallest role for this call", strings.Join(d.SmallestRoles, " together with "))
	}
	if d.Answer != nil {
		add("Good to know", d.Answer.Traps...)
	}
	add("Not checked", d.NotChecked...)
	return out
}

// Verdict is a verdict in one line: "role-missing (proved), stopped at the gate of role with 403".
func Verdict(d *doctor.Diagnosis) string {
	where := "stopped at the gate of " + string(d.Gate)
	if d.Verdict.Works() {
		where = "passes every gate"
	}
	if d.Status != 0 {
		where += fmt.Sprintf(" with %d", d.Status)
	}
	return fmt.Sprintf("%s (%s), %s", d.Verdict, d.Certainty, where)
}

// Planned is what a fix would change, as a sentence for each.
func Planned(changes []flows.Change) []string {
	var lines []string
	for _, c := range changes {
		lines = append(lines, fmt.Sprintf("%s, in the realm %s", c.Says(), c.Realm))
	}
	return lines
}

// AfterFix says what the same call did after a fix or its undoing, and how the token changed.
func AfterFix(d *doctor.Diagnosis) []string {
	if d.After == nil {
		return nil
	}
	line := fmt.Sprintf("The same call now: %d (before: %d).", d.After.Status, d.Status)
	if d.After.Status == 0 {
		line = "The call itself is not sent, since it could change something. By the matrix it is now " + map[bool]string{true: "as wanted.", false: "not as wanted."}[d.After.Worked]
	}
	lines := []string{line}
	if d.OldToken != "" {
		lines = append([]string{d.OldToken}, lines...)
	}
	diff, ok := d.Difference()
	if !ok {
		return lines
	}
	for _, r := range diff.AddedRoles {
		lines = append(lines, "+ "+roleName(r.Client, r.Role))
	}
	for _, r := range diff.RemovedRoles {
		lines = append(lines, "- "+roleName(r.Client, r.Role))
	}
	switch {
	case d.After.Token == d.Token:
		lines = append(lines, "It was made with the same token: without the client's secret there is no new one.")
	case len(diff.AddedRoles)+len(diff.RemovedRoles) == 0:
		lines = append(lines, "Both tokens carry the same roles.")
	}
	return lines
}

func roleName(client, role string) string {
	if client == "" {
		return "realm role " + Clean(role)
	}
	return Clean(client) + "/" + Clean(role)
}

// Standing says what fixes changed on a server and nobody took back; "" for nothing.
func Standing(server string, changes []flows.Change) string {
	if len(changes) == 0 {
		return ""
	}
	text := "Changed on " + Line(server) + " by the diagnosis, and not undone:\n"
	for _, line := range Planned(changes) {
		text += "  " + Line(line) + "\n"
	}
	return text + "fix403 doctor --undo, with the same client and an admin's login, takes it back.\n"
}
