package plain

import (
	"strings"
	"time"

	"fix403/flows/document"
	"fix403/flows/roles"
	"fix403/ui/words"
)

// Answer is which roles allow a call.
func (l Lines) Answer(a *roles.Answer) {
	for i, line := range l.AnswerLines(a, 4, " "+l.T("(--json lists them)")) {
		switch {
		case i > 0:
			l.Printf("%s\n", l.hanging(line.Name, ink(words.Line(line.Text))))
			continue
		case line.Name == "":
			l.Printf("%s\n", l.paragraph(0, l.in(bad, line.Text)))
		default:
			l.Printf("%s\n", l.hanging(line.Name, l.in(goodBold, line.Text)))
		}
		l.Printf("%s\n", l.hanging(l.T("call"), ink(words.Line(a.Method+" "+a.Path))))
	}
	for i, trap := range a.Traps {
		if i == 0 {
			l.Printf("\n")
		}
		l.Printf("%s\n", l.attention(l.Say(trap)))
	}
}

// Cover is which roles together allow several calls.
func (l Lines) Cover(version string, c roles.Cover) {
	l.Printf("%s\n", l.hanging(l.T("roles"), l.in(goodBold, l.noneOr(c.Needed()))))
	for _, equal := range c.Equal {
		l.Printf("%s\n", l.hanging(l.T("or"), l.in(goodBold, l.noneOr(equal))))
	}
	if c.Other != nil {
		l.Printf("%s\n", l.wrap(l.T("Not sure: %s was not measured. %s takes %s, and %s takes %s.", version, c.On, l.noneOr(c.Roles), c.Other.On, l.noneOr(c.Other.Roles))))
	}
	l.Printf("\n")
	width := 0
	for _, a := range c.Calls {
		width = max(width, len(a.Path))
	}
	for _, a := range c.Calls {
		l.Printf("%-6s %-*s  %s\n", a.Method, width, a.Path, l.RolesLine(a))
	}
	l.Printf("\n%s\n", l.CoverOpens(c, version))
	for _, b := range c.Blocked {
		l.Printf("%s\n", l.wrap(l.NotAllowed(b)))
	}
	for _, one := range roles.Shipped().Completing(version, &c) {
		l.Printf("%s\n", l.wrap(l.Say(one.Sentence())))
	}
}

// Table is the calls of a version, by group.
func (l Lines) Table(version string, calls []*roles.Answer) {
	group := ""
	for _, a := range calls {
		group = l.group(group, a.Endpoint)
		l.Printf("  %-6s %s\n         %s\n", a.Method, a.Path, l.RolesLine(a))
	}
	l.Printf("\n%s\n", l.T("The smallest roles for each of %d calls on %s. Details of one: fix403 roles METHOD PATH.", len(calls), version))
}

// Opens is what a role alone opens, by group.
func (l Lines) Opens(version, role string, opens []roles.Opened) {
	group := ""
	for _, o := range opens {
		group = l.group(group, o.Endpoint)
		less := ""
		if o.Filtered {
			less = "  " + l.T("(shows less)")
		}
		l.Printf("  %-6s %s%s\n", o.Endpoint.Method, o.Endpoint.Path, less)
	}
	l.Printf("\n%s\n", l.RoleOpens(role, len(opens), version))
}

// group says the group of an endpoint where it is another than that of the one before, and returns it.
func (l Lines) group(before string, e *roles.Endpoint) string {
	if e.Group != before {
		l.Printf("\n%s\n", e.Group)
	}
	return e.Group
}

// MeasuredAt is where single calls were measured.
func (l Lines) MeasuredAt(s document.Server) {
	l.Printf("%s\n\n", l.T("%s at %s: measured on this server, in a scratch realm that has been removed.", l.keycloak(s), s.URL))
}

func (l Lines) keycloak(s document.Server) string {
	if s.Version == nil {
		return l.T("Keycloak of unknown version")
	}
	return "Keycloak " + *s.Version
}

// Live is a measurement, compared with the shipped table.
func (l Lines) Live(d document.Live, took time.Duration) {
	l.Println(l.T("%s at %s: measured in %.0f s, in a scratch realm that has been removed: %d calls, some in several ways.", l.keycloak(d.Server), d.Server.URL, took.Seconds(), d.Rows))
	switch {
	case !d.SameVersion:
		l.Println(l.T("This version was not measured before. Compared with %s, the nearest measured version: %d cells differ.", d.ComparedWith, len(d.Differences)))
	case len(d.Differences) == 0:
		l.Println(l.T("Everything it serves is as in the shipped table of %s.", d.ComparedWith))
	}
	last := ""
	for _, x := range d.Differences {
		row := x.Method + " " + x.Path
		if x.Case != "" {
			row += " (" + x.Case + ")"
		}
		if row != last {
			l.Printf("\n%s\n", row)
			last = row
			if !d.SameVersion {
				l.Printf("  %s\n", l.T("as measured on %s", strings.Join(x.MeasuredOn, ", ")))
			}
		}
		l.Printf("  %-24s %-12s %s\n", x.Role, l.cell(x.Measured), l.T("in the table %s", l.cell(x.Shipped)))
	}
	if len(d.NotServed) > 0 {
		l.Printf("\n%s\n", l.T("Not served here: %d calls of the table (--json lists them).", len(d.NotServed)))
	}
	if len(d.NotMeasured) > 0 {
		l.Printf("\n%s\n%s\n", l.T("Could not be measured:"), indent(strings.Join(d.NotMeasured, "\n")))
		for _, p := range d.Problems {
			l.Printf("  %s\n", p)
		}
	}
	if d.Written != "" {
		l.Printf("\n%s\n", l.T("Written to %s.", d.Written))
	}
}

func (l Lines) cell(text string) string {
	if text == "" {
		return l.T("none")
	}
	return text
}
