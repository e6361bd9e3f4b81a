// Package roles is the matrix of Keycloak's admin API: which role of realm-management opens which endpoint. It is data,
// measured on real servers (the file in data), and queries over it; it calls no server. What measures is the package
// live.
package roles

import (
	_ "embed" // the data file
	"net/http"
	"slices"
	"sort"
	"strings"
	"sync"

	"fix403/keycloak/version"
)

// RealmAdmin is the role that all others are compared with.
const RealmAdmin = "realm-admin"

// None is the column of a service account without any role of realm-management.
const None = "none"

// Endpoint is a method and a path of the admin API.
type Endpoint struct {
	Method string
	Path   string // as in Keycloak's OpenAPI: /admin/realms/{realm}/users/{user-id}
	Group  string // such as "users"
	// Case is what a row is about that has the same method and path as another, as in "a role of realm-management";
	// [Matrix.Match] does not find those. Usually empty.
	Case     string
	segments []string
	facts    func() version.Facts[known]
}

func (e *Endpoint) String() string {
	if e.Case != "" {
		return e.Method + " " + e.Path + " (" + e.Case + ")"
	}
	return e.Method + " " + e.Path
}

// Reads reports whether the call changes nothing.
func (e *Endpoint) Reads() bool { return e.Method == http.MethodGet }

// Row is an endpoint as one version answers it.
type Row struct {
	Endpoint *Endpoint
	None     Cell
	Cells    map[string]Cell // by role
	Together [][]string      // sets of roles with the whole answer, where no single role but realm-admin has it; sorted
}

// Served reports whether the version has the endpoint: what it does not have is 404 for realm-admin, too.
func (r *Row) Served() bool {
	if r.Endpoint.Case != "" && !r.Endpoint.featured() { // it may be about what is not there
		return true
	}
	admin := r.Cells[RealmAdmin]
	return admin.How == Passed || admin.Status != 404 && admin.Status != 405 && admin.Status != 501
}

// Table is what was measured on one version.
type Table struct {
	Version string
	Notes   []string // how and when it was measured
	Roles   []string // of realm-management on this version, sorted
	Rows    []Row    // by group, path and method

	at    map[*Endpoint]*Row
	order func() *order // see order.go
}

// Row returns the row of an endpoint, nil where it was not measured.
func (t *Table) Row(e *Endpoint) *Row { return t.at[e] }

// Matrix is the tables of all versions.
type Matrix struct {
	endpoints []*Endpoint
	tables    []*Table      // oldest first
	told      []func() told // by trap: where it holds, found when it is asked for
	answers   sync.Map      // by what was asked
}

//go:embed data/matrix.tsv
var data string

// Shipped returns the matrix that is part of the program.
func Shipped() *Matrix { return shipped() }

var shipped = sync.OnceValue(func() *Matrix {
	m, err := parse(data)
	if err != nil {
		panic("data/matrix.tsv: " + err.Error())
	}
	return m
})

// Versions returns the versions that were measured, the oldest first.
func Versions() []string { return Shipped().Versions() }

func (m *Matrix) newest() *Table { return m.tables[len(m.tables)-1] }

// Versions returns the versions of this matrix, the oldest first.
func (m *Matrix) Versions() []string {
	var v []string
	for _, t := range m.tables {
		v = append(v, t.Version)
	}
	return v
}

// Endpoints returns all endpoints of all versions, by group, path and method.
func (m *Matrix) Endpoints() []*Endpoint { return slices.Clone(m.endpoints) }

// endpoint returns the one endpoint for a method, path and case.
func (m *Matrix) endpoint(group, method, path, kind string) *Endpoint {
	for _, e := range m.endpoints {
		if e.Path == path && e.Method == method && e.Case == kind {
			return e
		}
	}
	return m.newEndpoint(group, method, path, kind)
}

func (m *Matrix) newEndpoint(group, method, path, kind string) *Endpoint {
	e := &Endpoint{Method: method, Path: path, Group: group, Case: kind, segments: strings.Split(path[1:], "/")}
	m.endpoints = append(m.endpoints, e)
	return e
}

func (m *Matrix) index() {
	m.told = make([]func() told, len(traps))
	for i := range traps {
		m.told[i] = sync.OnceValue(func() told { return m.findTold(&traps[i]) })
	}
	slices.SortFunc(m.endpoints, CompareEndpoints)
	slices.SortFunc(m.tables, func(a, b *Table) int { return version.Compare(version.Of(a.Version), version.Of(b.Version)) })
	for _, t := range m.tables {
		sort.Slice(t.Rows, func(i, j int) bool { return CompareEndpoints(t.Rows[i].Endpoint, t.Rows[j].Endpoint) < 0 })
		t.at = make(map[*Endpoint]*Row, len(t.Rows))
		for i := range t.Rows {
			t.at[t.Rows[i].Endpoint] = &t.Rows[i]
		}
		t.order = sync.OnceValue(func() *order { return m.newOrder(t) })
	}
	for _, e := range m.endpoints {
		e.facts = sync.OnceValue(func() version.Facts[known] { return m.factsOf(e) })
	}
}

// CompareEndpoints orders endpoints by group, path, method and case.
func CompareEndpoints(a, b *Endpoint) int {
	methods := []string{"GET", "POST", "PUT", "DELETE"}
	if c := strings.Compare(a.Group, b.Group); c != 0 {
		return c
	}
	if c := strings.Compare(a.Path, b.Path); c != 0 {
		return c
	}
	if c := slices.Index(methods, a.Method) - slices.Index(methods, b.Method); c != 0 {
		return c
	}
	return strings.Compare(a.Case, b.Case)
}
