package plain

import (
	"fix403/flows/roles"
	"fix403/flows/roles/moved"
	"fix403/flows/traffic"
	"fix403/ui/words"
)

// RoleChanges are the calls that two versions answer otherwise, by group.
func (l Lines) RoleChanges(c moved.Changes) {
	const indented = 4
	group := ""
	for i := range c.Changes {
		x := &c.Changes[i]
		group = l.group(group, x.Endpoint)
		l.Printf("  %-6s %s\n", x.Endpoint.Method, x.Endpoint.Path)
		for _, says := range x.Says() {
			l.Printf("%s\n", l.paragraph(indented, ink(words.Line(l.Say(says)))))
		}
		if x.Word() == "likely" {
			l.Printf("    %s\n", l.T("(likely: not both versions were measured)"))
		}
	}
	if len(c.Changes) > 0 {
		l.Printf("\n")
	}
	l.Printf("%s\n", l.T("From %s to %s, %d of %d calls change.", c.From, c.To, len(c.Changes), c.Calls))
	l.unknown(c.Unknown)
}

// CoverOf is which roles together allow several calls, and which calls the table does not have.
func (l Lines) CoverOf(version string, c roles.Cover, unknown []roles.Call) {
	l.Cover(version, c)
	l.unknown(unknown)
}

// RecordedCalls is what the callers of a recording require, and what the recording has besides.
func (l Lines) RecordedCalls(version string, needs []traffic.Need, skipped traffic.Skipped) {
	for i, n := range needs {
		if i > 0 {
			l.Printf("\n")
		}
		who := l.T("unknown")
		switch {
		case n.Client != "" && n.Realm != "":
			who = l.T("%s of realm %s", n.Client, n.Realm)
		case n.Client != "":
			who = n.Client
		}
		l.Printf("%s\n%s\n", l.hanging(l.T("caller"), l.in(accent, who)), l.hanging(l.T("requests"), ink(l.T("%d, of which %d were refused", n.Requests, n.Refused))))
		l.CoverOf(version, n.Cover, n.Unknown)
	}
	if skipped.Others > 0 {
		l.Printf("\n%s\n", l.T("Lines about something else: %d.", skipped.Others))
	}
}

// Unread names the lines of a recording that cannot be read.
func (l Lines) Unread(file string, skipped traffic.Skipped) {
	if skipped.Unread == 0 {
		return
	}
	l.Println(l.T("Lines of %s that cannot be read: %d.", file, skipped.Unread))
	for _, line := range skipped.First {
		l.Println("  " + l.T("line %d: %s", line.Number, line.Why))
	}
}

func (l Lines) unknown(calls []roles.Call) {
	if len(calls) == 0 {
		return
	}
	l.Printf("\n%s\n", l.T("Calls that are not in the table: %d.", len(calls)))
	for _, c := range calls {
		l.Printf("  %s\n", c.String())
	}
}
