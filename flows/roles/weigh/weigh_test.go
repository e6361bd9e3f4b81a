package weigh_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fix403/flows/roles"
	"fix403/flows/roles/weigh"
)

// measured is a call with one body, and what each set of roles got, as testdata/measure.py wrote it.
type measured struct {
	Call, Type, Client string
	Body               *string
	Roles              map[string][2]string
	Held               []string
	Answers            map[string][]string
}

// What the matrix and the weighing say together is what each of some hundred calls, with its own body, got from real servers for each role.
func TestWeighedAsMeasured(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	matrix := roles.Shipped()
	for _, file := range files {
		var of struct {
			Version string
			Out     map[string]measured
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &of); err != nil {
			t.Fatal(err)
		}
		composites := composed(matrix.Roles(of.Version))
		cells := 0
		for name, c := range of.Out {
			method, path, _ := strings.Cut(c.Call, " ")
			endpoint, err := matrix.Match(roles.Call{Method: method, Path: path})
			if err != nil {
				if name != "idp:import-config" { // the matrix does not have it
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			r := weigh.Request{Method: method, Template: endpoint.Path, Path: path, BodyKnown: true, ContentType: c.Type}
			if c.Body != nil {
				r.Body = *c.Body
			}
			r.Seen = weigh.Seen{Client: c.Client, Held: c.Held, HeldSeen: true, Roles: map[string]weigh.NamedRole{}}
			for id, role := range c.Roles {
				r.Seen.Roles[id] = weigh.NamedRole{Name: role[0], Client: role[1]}
			}
			blind := r
			blind.Seen = weigh.Seen{}
			for answer, sets := range c.Answers {
				status, _ := strconv.Atoi(answer)
				for _, set := range sets {
					held := composites(set)
					access := matrix.Allows(of.Version, endpoint, held)[0].Value
					passes := func(w weigh.Weighed) bool {
						return access.In() && w.Refused.Empty() && !slices.ContainsFunc(w.Demands, func(d weigh.Demand) bool { return !d.Met(held) })
					}
					w := weigh.Weigh(of.Version, r)
					cells++
					if got, want := passes(w), status < 300; got != want && !otherwise(status) {
						t.Errorf("%s: %s (%s) by %s: %d, predicted %v: %v", of.Version, name, c.Call, set, status, got, w)
					}
					if !w.Refused.Empty() && w.Status != status {
						t.Errorf("%s: %s by %s: %d, predicted %d", of.Version, name, set, status, w.Status)
					}
					// Without an admin's eyes, which see the version, too, what is refused is never said to pass.
					own := blind
					if slices.Contains(held, "manage-clients") { // it sees the client itself
						own.Seen.Client = c.Client
					}
					if b := weigh.Weigh(roles.Unknown, own); status == 403 && matrix.Allows(roles.Unknown, endpoint, held)[0].Value.In() &&
						!slices.ContainsFunc(b.Demands, func(d weigh.Demand) bool { return !d.Met(held) }) && b.Refused.Empty() && len(b.OpenTo(held)) == 0 {
						t.Errorf("%s: %s by %s: %d, and passes as far as the call alone shows: %v", of.Version, name, set, status, b)
					}
					// Without an admin's eyes, what passes is never said to be refused.
					if b := weigh.Weigh(of.Version, blind); status < 300 && access.In() && !passes(b) && !guessed(b, held) {
						t.Errorf("%s: %s by %s: %d, and refused as far as the call alone shows: %v", of.Version, name, set, status, b)
					}
				}
			}
		}
		t.Log(of.Version, len(of.Out), cells)
	}
}

// guessed reports whether every demand that is not met says what it was concluded from.
func guessed(w weigh.Weighed, held []string) bool {
	return !slices.ContainsFunc(w.Demands, func(d weigh.Demand) bool { return !d.Met(held) && d.Inferred.Empty() })
}

// otherwise reports whether a call failed by what no role decides: a body that names what is not there, mail without an address, a name that is taken.
func otherwise(status int) bool {
	return status == 404 || status == 409 || status >= 500 || status == 400
}

// composed returns what roles stand for, with those that they contain.
func composed(all []string) func(set string) []string {
	return func(set string) []string {
		var held []string
		for r := range strings.SplitSeq(set, "+") {
			switch r {
			case "none":
			case roles.RealmAdmin:
				held = append(held, all...)
			case "view-users":
				held = append(held, r, "query-users", "query-groups")
			case "view-clients":
				held = append(held, r, "query-clients")
			case "view-organizations":
				held = append(held, r, "query-organizations")
			default:
				held = append(held, r)
			}
		}
		return held
	}
}
