package plain

import (
	"fix403/flows/roles"
	"fix403/flows/roles/moved"
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

func (l Lines) unknown(calls []roles.Call) {
	if len(calls) == 0 {
		return
	}
	l.Printf("\n%s\n", l.T("Not in the table: %d calls.", len(calls)))
	for _, c := range calls {
		l.Printf("  %s\n", c.String())
	}
}
