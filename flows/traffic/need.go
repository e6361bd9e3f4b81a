package traffic

import (
	"cmp"
	"net/http"
	"sort"
	"strings"

	"fix403/flows/roles"
	"fix403/flows/roles/moved"
	"fix403/flows/roles/weigh"
	"fix403/keycloak/sift"
)

// Need is what the recorded calls of one caller require.
type Need struct {
	Client, Realm string // "" if unknown
	Requests      int
	Refused       int // of these, with 401 or 403
	Cover         roles.Cover
	Unknown       []roles.Call // that the matrix does not have
}

// Needs finds for each caller of a recording the smallest set of roles for its calls, answered or refused, on a version of Keycloak: by method and
// path, and by what the query asks for besides. Callers are sorted by realm and name.
func Needs(on string, calls []Call) ([]Need, error) {
	m := roles.Shipped()
	type whose struct{ realm, client string }
	needs, found := map[whose]*Need{}, map[whose][]roles.Call{}
	seen := map[whose]map[string]bool{}
	besides := map[whose][][][]string{}
	for _, c := range calls {
		who := whose{c.Realm, c.Client}
		n := needs[who]
		if n == nil {
			n, seen[who] = &Need{Client: c.Client, Realm: c.Realm}, map[string]bool{}
			needs[who] = n
		}
		n.Requests++
		if c.Status == http.StatusUnauthorized || c.Status == http.StatusForbidden {
			n.Refused++
		}
		call := roles.Call{Method: c.Method, Path: c.Path}
		bare, _, _ := strings.Cut(c.Path, "?")
		key := c.Method + " " + bare
		e, err := m.Match(call)
		if err == nil {
			key = e.String()
			for _, d := range weigh.Weigh(on, weigh.Request{Method: c.Method, Template: e.Path, Path: c.Path}).Demands {
				besides[who] = append(besides[who], d.Sets)
			}
		}
		if !seen[who][key] {
			seen[who][key] = true
			found[who] = append(found[who], call)
		}
	}
	var all []Need
	for who, n := range needs {
		known, unknown, _ := moved.Known(m, on, found[who])
		cover, err := m.CoverAmong(on, known, nil, besides[who]...)
		if err != nil {
			return nil, err
		}
		n.Cover, n.Unknown = cover, unknown
		all = append(all, *n)
	}
	sort.Slice(all, func(i, j int) bool {
		a, b := &all[i], &all[j]
		return cmp.Or(cmp.Compare(a.Realm, b.Realm), cmp.Compare(a.Client, b.Client)) < 0
	})
	return all, nil
}

// Calls are recorded calls as the matrix takes them.
func Calls(of []Call) []roles.Call {
	calls := []roles.Call{}
	for _, c := range of {
		calls = append(calls, roles.Call{Method: c.Method, Path: c.Path})
	}
	return calls
}

// Distinct are the calls that differ by method and path; of a query it keeps what has a value.
func Distinct(calls []Call) []Call {
	seen := map[string]bool{}
	var all []Call
	for _, c := range calls {
		path, query, _ := strings.Cut(c.Path, "?")
		var valued []string
		for pair := range strings.SplitSeq(query, "&") {
			if strings.Contains(pair, "=") {
				valued = append(valued, pair)
			}
		}
		if c.Path = path; len(valued) > 0 {
			c.Path += "?" + strings.Join(valued, "&")
		}
		if key := c.Method + " " + c.Path; !seen[key] {
			seen[key] = true
			all = append(all, c)
		}
	}
	return all
}

// By are the calls of a client or user, and those of which no caller is known.
func By(client string, calls []Call) []Call {
	return sift.Out(calls, func(c Call) bool { return c.Client != client && c.Client != "" })
}
