package report

import (
	"fix403/flows/document"
	"fix403/flows/roles"
	"fix403/flows/roles/moved"
	"fix403/flows/traffic"
	"fix403/keycloak/msg"
)

// RoleChanges returns the document of what changes between two versions.
func RoleChanges(c moved.Changes) document.RoleChanges {
	d := document.RoleChanges{From: c.From, To: c.To, Calls: c.Calls, Changes: []document.RoleChange{}, Unknown: []string{}}
	d.Unknown = append(d.Unknown, callTexts(c.Unknown)...)
	for i := range c.Changes {
		x := &c.Changes[i]
		one := document.RoleChange{
			Method: x.Endpoint.Method, Path: x.Endpoint.Path, Change: string(x.How), Known: x.Word(), Before: roleSide(&x.From), After: roleSide(&x.To),
			Gained: append([]string{}, x.Gained...), Lost: append([]string{}, x.Lost...), Documented: []document.DocumentedLine{},
		}
		for _, s := range x.Documented {
			one.Documented = append(one.Documented, document.DocumentedLine{Since: s.Since, Source: s.Source, Says: msg.New(s.Says).String()})
		}
		d.Changes = append(d.Changes, one)
	}
	return d
}

func roleSide(s *moved.Side) document.RoleSide {
	a := differ(&s.Answer)
	d := document.RoleSide{Served: s.Served, Feature: s.Feature, Smallest: a.Smallest, Also: a.Also, Filtered: a.Filtered, Together: a.Together}
	if s.Status != 0 {
		d.Status = &s.Status
	}
	return d
}

// CoverOf returns the document of the smallest roles for several calls, and of those that the table does not have.
func CoverOf(on string, c roles.Cover, unknown []roles.Call) document.Cover {
	d := Cover(on, c)
	d.Unknown = callTexts(unknown)
	return d
}

func callTexts(calls []roles.Call) (all []string) {
	for _, c := range calls {
		all = append(all, c.String())
	}
	return all
}

// Recorded returns the document of what the callers of a recording require.
func Recorded(on string, needs []traffic.Need, skipped traffic.Skipped) document.Recorded {
	d := document.Recorded{Version: on, Clients: []document.RecordedClient{}, Skipped: Skipped(skipped)}
	for _, n := range needs {
		d.Requests += n.Requests
		d.Clients = append(d.Clients, document.RecordedClient{Client: n.Client, Realm: n.Realm, Requests: n.Requests, Refused: n.Refused, Cover: CoverOf(on, n.Cover, n.Unknown)})
	}
	return d
}

// Skipped returns what a recording has besides calls.
func Skipped(s traffic.Skipped) document.SkippedLines {
	d := document.SkippedLines{Others: s.Others, Unread: s.Unread, Lines: []document.SkippedLine{}}
	for _, l := range s.First {
		d.Lines = append(d.Lines, document.SkippedLine{Line: l.Number, Reason: l.Why.String()})
	}
	return d
}

// Answers are what a version answers to each call that it has.
func Answers(on string) (all []*roles.Answer) {
	m := roles.Shipped()
	for _, e := range m.Endpoints() {
		if e.Case != "" {
			continue
		}
		if a, err := m.Answer(on, e); err == nil { // else this version does not have it
			all = append(all, a)
		}
	}
	return all
}
