package report

import (
	"fix403/flows/document"
	"fix403/flows/roles"
	"fix403/flows/roles/live"
)

// Answer returns the document of what was measured for a call.
func Answer(a roles.Answer) document.Answer {
	return document.Answer{Method: a.Method, Path: a.Path, Smallest: a.Smallest, Also: a.Also, Filtered: a.Filtered, Together: a.Together, Traps: append([]string{}, english(a.Traps)...), MeasuredOn: a.MeasuredOn}
}

// Cover returns the document of the smallest roles for several calls.
func Cover(version string, c roles.Cover) document.Cover {
	d := document.Cover{Version: version, Roles: c.Roles, Opens: c.Opens, Calls: []document.Answer{}, NotAllowed: []string{}}
	for _, a := range c.Calls {
		d.Calls = append(d.Calls, Answer(a))
	}
	for _, b := range c.Blocked {
		d.NotAllowed = append(d.NotAllowed, b.Method+" "+b.Path)
	}
	return d
}

// RoleTable returns the document of the calls of a version.
func RoleTable(version string, calls []roles.Answer) document.RoleTable {
	d := document.RoleTable{Version: version, Endpoints: []document.Answer{}}
	for _, a := range calls {
		one := Answer(a)
		one.Group = a.Endpoint.Group
		d.Endpoints = append(d.Endpoints, one)
	}
	return d
}

// Role returns the document of the calls that a role alone opens.
func Role(version, role string, opens []roles.Opened) document.Role {
	d := document.Role{Version: version, Role: role, Opens: []document.Opened{}}
	for _, o := range opens {
		d.Opens = append(d.Opens, document.Opened{Method: o.Endpoint.Method, Path: o.Endpoint.Path, Filtered: o.Filtered})
	}
	return d
}

// Live returns the document of a measurement, compared with the shipped table of the same version, or of the nearest.
func Live(version string, r *live.Result) document.Live {
	shipped, exact := roles.Nearest(r.Version)
	c := roles.Compare(roles.Shipped().Table(shipped), r.Table)
	d := document.Live{
		Tool: Tool(version), Server: ServerOf(r.URL, r.Version, r.Practice),
		ComparedWith: shipped, SameVersion: exact && r.Version != "", Rows: len(r.Table.Rows), Result: document.AsShipped,
		Differences: []document.Difference{}, NotServed: []string{}, NotMeasured: []string{}, Problems: append([]string{}, english(r.Problems)...),
	}
	for _, x := range c.Differences {
		d.Differences = append(d.Differences, document.Difference{Method: x.Endpoint.Method, Path: x.Endpoint.Path, Case: x.Endpoint.Case, Role: x.Role, Shipped: x.Shipped, Measured: x.Measured})
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
