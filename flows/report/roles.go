package report

import (
	"strings"

	"fix403/flows/document"
	"fix403/flows/roles"
	"fix403/flows/roles/live"
	"fix403/keycloak/version"
)

// Answer returns the document of what was measured for a call.
func Answer(a *roles.Answer) document.Answer {
	d := document.Answer{Method: a.Method, Path: a.Path, Smallest: a.Smallest, Also: a.Also, Filtered: a.Filtered, Together: a.Together,
		Traps: append([]string{}, english(a.Traps)...), MeasuredOn: a.MeasuredOn, Certainty: certainty(a.How)}
	if a.Other != nil {
		d.Differs = []document.Differ{differ(a), differ(a.Other)}
	}
	return d
}

// certainty returns the word for how well something is known of a version; "" for what was measured.
func certainty(how version.How) string {
	if how == version.Measured {
		return ""
	}
	return likely
}

const likely = "likely"

func differ(a *roles.Answer) document.Differ {
	none := func(list []string) []string { return append([]string{}, list...) }
	return document.Differ{Version: a.On, Served: !a.Absent, Smallest: none(a.Smallest), Also: none(a.Also), Filtered: none(a.Filtered), Together: append([][]string{}, a.Together...)}
}

// Cover returns the document of the smallest roles for several calls.
func Cover(on string, c roles.Cover) document.Cover {
	d := document.Cover{Version: on, Roles: c.Roles, Opens: c.Opens, Calls: []document.Answer{}, NotAllowed: []string{}, Equal: c.Equal, Certainty: certainty(c.How)}
	if c.Other != nil {
		d.Differs = []document.CoverDiffers{{Version: c.On, Roles: c.Roles}, {Version: c.Other.On, Roles: c.Other.Roles}}
		d.Roles = c.Needed()
	}
	for _, a := range c.Calls {
		d.Calls = append(d.Calls, Answer(a))
	}
	for _, b := range c.Blocked {
		d.NotAllowed = append(d.NotAllowed, b.Method+" "+b.Path)
	}
	for _, one := range roles.Shipped().Completing(on, &c) {
		completes := document.Completing{Role: one.Role}
		for _, a := range one.Calls {
			completes.Calls = append(completes.Calls, a.Method+" "+a.Path)
		}
		d.Completing = append(d.Completing, completes)
	}
	return d
}

// RoleTable returns the document of the calls of a version.
func RoleTable(on string, calls []*roles.Answer) document.RoleTable {
	d := document.RoleTable{Version: on, Endpoints: []document.Answer{}}
	for _, a := range calls {
		one := Answer(a)
		one.Group = a.Endpoint.Group
		d.Endpoints = append(d.Endpoints, one)
	}
	return d
}

// Role returns the document of the calls that a role alone opens.
func Role(on, role string, opens []roles.Opened) document.Role {
	d := document.Role{Version: on, Role: role, Opens: []document.Opened{}}
	for _, o := range opens {
		d.Opens = append(d.Opens, document.Opened{Method: o.Endpoint.Method, Path: o.Endpoint.Path, Filtered: o.Filtered, Certainty: certainty(o.How)})
	}
	return d
}

// knownAs are the names of how well a row is known.
var knownAs = map[version.How]string{version.Measured: "measured", version.Between: "between", version.Differing: "differing", version.Outside: "outside"}

// Live returns the document of a measurement, compared with what is known of its version.
func Live(tool string, r *live.Result) document.Live {
	c := roles.Shipped().Compare(r.Version, r.Table)
	d := document.Live{
		Tool: Tool(tool), Server: ServerOf(r.URL, r.Version, r.Practice),
		ComparedWith: strings.Join(c.With, ", "), SameVersion: c.Exact, Rows: len(r.Table.Rows), Result: document.AsShipped,
		Differences: []document.Difference{}, NotServed: []string{}, NotMeasured: []string{}, Problems: append([]string{}, english(r.Problems)...),
	}
	for _, x := range c.Differences {
		d.Differences = append(d.Differences, document.Difference{Method: x.Endpoint.Method, Path: x.Endpoint.Path, Case: x.Endpoint.Case, Role: x.Role, Shipped: x.Shipped, Measured: x.Measured, Known: knownAs[x.How], MeasuredOn: x.On})
	}
	for _, e := range c.NotServed {
		d.NotServed = append(d.NotServed, e.String())
	}
	for _, e := range c.NotMeasured {
		d.NotMeasured = append(d.NotMeasured, e.String())
	}
	switch {
	case !d.SameVersion:
		d.Result = document.NotComparable
	case len(c.Differences) > 0:
		d.Result = document.Different
	case r.Failed > 0:
		d.Result = document.Incomplete
	}
	if r.Kept.Rows > 0 {
		d.Resumed = &document.Resumed{Rows: r.Kept.Rows, Since: r.Kept.Since}
	}
	return d
}
