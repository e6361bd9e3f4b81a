// Package need answers, from the measured matrix, what the doctor asks of roles: which a call needs, whether those that an account holds
// suffice, and how well that is known of the server's version.
package need

import (
	"net/http"
	"slices"
	"strings"

	"fix403/flows/doctor/phrase"
	"fix403/flows/roles"
	"fix403/flows/roles/weigh"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
	"fix403/keycloak/token"
	"fix403/keycloak/version"
)

// Need is what a call needs by the matrix.
type Need struct {
	Matrix   *roles.Matrix
	On       string         // the version by which the matrix is asked
	Reported bool           // the server reported the version
	Answer   *roles.Answer  // of the matrix; nil for a call that it does not know
	Smallest []string       // the roles that the call needs together
	Equal    [][]string     // other sets that are as small
	Demands  []weigh.Demand // what the call takes by its body, its query and its object as well
}

// Choose finds the least roles that a call needs, of those that the server has; known is nil where they were not seen. Where the measured
// versions beside the server's take different ones, they are those that suffice on both, and doubt says so.
func (n *Need) Choose(call roles.Call, known []string) (doubt msg.Message) {
	var besides [][][]string
	for _, d := range n.Demands {
		if len(d.Sets) == 0 { // no role is enough
			n.Smallest, n.Equal = []string{}, nil
			return doubt
		}
		besides = append(besides, d.Sets)
	}
	cover, err := n.Matrix.CoverAmong(n.On, []roles.Call{call}, known, besides...)
	if err != nil || len(cover.Blocked) > 0 {
		return doubt
	}
	n.Smallest, n.Equal = cover.Roles, cover.Equal
	if cover.Other == nil {
		return doubt
	}
	if cover.Both != nil {
		n.Smallest, n.Equal = cover.Both, cover.BothEqual
	}
	return msg.New("Which roles are enough on %s: on %s it is %s, on %s %s.", n.On, cover.On, phrase.Roles(cover.Roles), cover.Other.On, phrase.Roles(cover.Other.Roles))
}

// Doubt says why it is not certain which roles the call takes; empty for a call that was measured on this very version, or is not known.
func (n *Need) Doubt() msg.Message {
	a := n.Answer
	switch {
	case a == nil:
		return msg.Message{}
	case !n.Reported:
		return msg.New("Which version this server is. The roles were measured on %s (fix403 roles --live measures this server).", a.On)
	case a.How == version.Measured:
		return msg.Message{}
	case a.How == version.Between:
		return msg.New("Which roles the call requires on %s: measured with the same result on %s and %s, but not on this version (fix403 roles --live measures this server).", n.On, a.On, a.Until)
	case a.How == version.Differing && a.Other.Absent:
		return msg.New("Which roles the call requires on %s: measured on %s, where %s does not have it, but not on this version (fix403 roles --live measures this server).", n.On, a.On, a.Other.On)
	case a.How == version.Differing:
		return msg.New("Which roles the call requires on %s: measured with different results on %s and %s, but not on this version (fix403 roles --live measures this server).", n.On, a.On, a.Other.On)
	case a.How == version.Documented:
		return msg.New("Which roles the call requires on %s: documented since %s, but not measured (fix403 roles --live measures this server).", n.On, a.On)
	default:
		return msg.New("Which roles the call requires on %s: measured on %s, but not on this version (fix403 roles --live measures this server).", n.On, a.On)
	}
}

// Allows tells what roles get from the call. Where that is not sure it is what they get by all that was measured.
func (n *Need) Allows(held []string) (whole, filtered bool) {
	if n.Answer == nil {
		return slices.Contains(held, roles.RealmAdmin), false
	}
	whole, in := true, true
	for _, v := range n.Matrix.Allows(n.On, n.Answer.Endpoint, held) {
		whole, in = whole && v.Value.Whole, in && v.Value.In()
	}
	if slices.ContainsFunc(n.Demands, func(d weigh.Demand) bool { return !d.Met(held) }) {
		return false, false
	}
	return whole, in && !whole
}

// LetsIn reports whether roles get any success from the call.
func (n *Need) LetsIn(held []string) bool {
	whole, filtered := n.Allows(held)
	return whole || filtered
}

// Enough returns the names of all roles that could give the call its whole answer.
func (n *Need) Enough() []string {
	if n.Answer == nil {
		return nil
	}
	names := slices.Concat(n.Answer.Smallest, n.Answer.Also, n.Smallest)
	return sift.Out(names, func(r string) bool { return r == roles.RealmAdmin })
}

// Of picks, of the roles held, those by which the call is let in: the least that suffices.
func (n *Need) Of(held []string) []string {
	if n.Answer == nil {
		return []string{}
	}
	for _, list := range [][]string{n.Smallest, n.Answer.Smallest, n.Answer.Also, n.Answer.Filtered} {
		for _, r := range list {
			if slices.Contains(held, r) && n.LetsIn([]string{r}) {
				return []string{r}
			}
		}
	}
	for _, set := range n.Answer.Together {
		if !slices.ContainsFunc(set, func(r string) bool { return !slices.Contains(held, r) }) {
			return set
		}
	}
	return n.Smallest
}

// Excess returns the roles held that allow changes and that the call does not need.
func (n *Need) Excess(held []string) []string {
	needed := n.Smallest
	if n.Answer != nil {
		for _, r := range n.Answer.Smallest { // another of the smallest ones is as good
			if slices.Contains(held, r) && !slices.ContainsFunc(needed, func(n string) bool { return slices.Contains(held, n) }) {
				needed = []string{r}
			}
		}
	}
	for _, set := range n.Equal {
		if !slices.ContainsFunc(set, func(r string) bool { return !slices.Contains(held, r) }) {
			needed = set
		}
	}
	var out []string
	for _, r := range held {
		powerful := r == roles.RealmAdmin || r == "impersonation" || r == "create-client" || strings.HasPrefix(r, "manage-")
		if powerful && !slices.Contains(needed, r) {
			out = append(out, r)
		}
	}
	return out
}

// Extra returns roles held that only show things, beyond what the call needs and what comes with that.
func (n *Need) Extra(held []string) []string {
	needed := n.Of(held)
	return sift.Out(held, func(r string) bool {
		return slices.Contains(needed, r) || slices.Contains(needed, "view-users") && (r == "query-users" || r == "query-groups") ||
			slices.Contains(needed, "view-clients") && r == "query-clients"
	})
}

// Lesser returns the least of the roles with each of which the call is answered with fewer fields than the whole answer has; known as for
// [Need.Choose].
func (n *Need) Lesser(known []string) []string {
	if n.Answer == nil {
		return nil
	}
	return n.Matrix.Lesser(n.Answer, known)
}

// Methods returns the methods with which a path was measured, beside that of the call.
func Methods(m *roles.Matrix, call roles.Call) []string {
	var known []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		if _, err := m.Match(roles.Call{Method: method, Path: call.Path}); err == nil && method != call.Method {
			known = append(known, method)
		}
	}
	return known
}

// Powerful reports whether a role is one whose holder can do far more than a call needs.
func Powerful(role string) bool {
	_, is := roles.PowerOf(role)
	return is
}

// Choice is one of several ways to let the call through.
type Choice struct {
	Roles   []string // that are granted together
	Reduced bool     // the answer then has fewer fields than the whole one
}

// Description returns what the choice is, as a sentence without its end.
func (c Choice) Description() msg.Message {
	if c.Reduced {
		return msg.New("%s: a response with fewer fields", phrase.Roles(c.Roles))
	}
	return msg.New("%s: the whole response", phrase.Roles(c.Roles))
}

// Lightweight reports whether a token has only the claims of a lightweight one (FACTS, section 7).
func Lightweight(t *token.Token) bool {
	_, acr := t.Claims["acr"]
	_, username := t.Claims["preferred_username"]
	return !t.HasRoleClaims && !acr && !username
}

// RolesIn returns all roles that a token carries.
func RolesIn(t *token.Token) []token.RoleOf {
	var out []token.RoleOf
	for _, r := range t.RealmRoles {
		out = append(out, token.RoleOf{Role: r})
	}
	for client, list := range t.ClientRoles {
		for _, r := range list {
			out = append(out, token.RoleOf{Client: client, Role: r})
		}
	}
	return out
}
