// Package moved tells which calls of the admin API another version of Keycloak answers otherwise.
package moved

import (
	"errors"
	"slices"
	"strings"

	"fix403/flows/roles"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
	"fix403/keycloak/version"
)

// How is in which way a call changes.
type How string

// The ways in which a call changes.
const (
	Appears  How = "appears"
	Vanishes How = "vanishes"
	Roles    How = "roles"  // which roles open it
	Status   How = "status" // what realm-admin gets, for the same roles
	Told     How = "told"   // no measured answer: what Keycloak's documents say
)

// Side is a call as one version answers it.
type Side struct {
	Served bool
	Status int // for realm-admin; 0 where that is not known
	Answer roles.Answer
	// Feature is the one that the call belongs to, where the version has it switched off by default.
	Feature string
	how     version.How
	known   bool // something was measured of it
}

// Change is a change of a call between two versions.
type Change struct {
	Endpoint *roles.Endpoint
	How      How
	From, To Side
	// Gained and Lost are the roles that open the call on one of the versions alone.
	Gained, Lost []string
	Known        version.How // how well the two answers are known: the worse of them
	Documented   []roles.Change
}

// Changes are those between two versions.
type Changes struct {
	From, To string
	Calls    int // compared
	Changes  []Change
	Unknown  []roles.Call // that the matrix knows nothing of
}

// Between compares two versions: all calls of the matrix, or those of a list, each once.
func Between(m *roles.Matrix, from, to string, calls []roles.Call) Changes {
	c := Changes{From: from, To: to}
	endpoints := m.Endpoints()
	if calls != nil {
		endpoints = nil
		for _, call := range calls {
			switch e, err := m.Match(call); {
			case err != nil:
				c.Unknown = append(c.Unknown, call)
			case !slices.Contains(endpoints, e):
				endpoints = append(endpoints, e)
			}
		}
		slices.SortStableFunc(endpoints, roles.CompareEndpoints)
	}
	for _, e := range endpoints {
		if e.Case != "" {
			continue
		}
		c.Calls++
		if change, is := of(m, e, from, to); is {
			c.Changes = append(c.Changes, change)
		}
	}
	return c
}

// of compares the answers of two versions to a call; false where they are alike.
func of(m *roles.Matrix, e *roles.Endpoint, from, to string) (Change, bool) {
	c := Change{Endpoint: e, From: side(m, e, from), To: side(m, e, to), Documented: m.DocumentedBetween(e, from, to)}
	c.Known = max(c.From.how, c.To.how)
	a, b := &c.From.Answer, &c.To.Answer
	switch {
	case !c.From.known || !c.To.known:
		return c, false
	case !c.From.Served && !c.To.Served:
		return c, false
	case !c.From.Served:
		c.How = Appears
	case !c.To.Served:
		c.How = Vanishes
	case !alike(a, b):
		c.How = Roles
		opens := func(a *roles.Answer) []string { return slices.Concat(a.Smallest, a.Also, a.Filtered) }
		c.Gained, c.Lost = minus(opens(b), opens(a)), minus(opens(a), opens(b))
	case c.From.Status != c.To.Status && c.From.Status*c.To.Status != 0:
		c.How = Status
	case len(c.Documented) > 0:
		c.How = Told
	default:
		return c, false
	}
	return c, true
}

func side(m *roles.Matrix, e *roles.Endpoint, on string) Side {
	a, err := m.Answer(on, e)
	var none *roles.NotMeasuredError
	switch {
	case err == nil:
		s := Side{Served: true, Answer: *a, how: a.How, known: true}
		if row := m.Table(a.On).Row(e); row != nil {
			s.Status = row.Cells[roles.RealmAdmin].Status
		}
		return s
	case errors.As(err, &none) && none.Absent:
		return Side{Feature: none.Feature, how: none.How, known: true}
	}
	return Side{}
}

func alike(a, b *roles.Answer) bool {
	return slices.Equal(a.Smallest, b.Smallest) && slices.Equal(a.Also, b.Also) && slices.Equal(a.Filtered, b.Filtered) &&
		slices.EqualFunc(a.Together, b.Together, slices.Equal)
}

func minus(a, b []string) []string {
	left := sift.Out(a, func(s string) bool { return slices.Contains(b, s) })
	slices.Sort(left)
	return left
}

// Word is how well the two answers are known: measured, documented or likely.
func (c *Change) Word() string {
	switch {
	case c.How == Told || c.Known == version.Documented:
		return "documented"
	case c.Known == version.Measured:
		return "measured"
	}
	return "likely"
}

// Says are sentences on what changes.
func (c *Change) Says() []msg.Message {
	var says []msg.Message
	switch c.How {
	case Appears:
		if c.From.Feature != "" {
			return []msg.Message{msg.New("Its feature %s is now switched on by default: %s.", c.From.Feature, needs(&c.To.Answer))}
		}
		says = append(says, msg.New("It appears: %s.", needs(&c.To.Answer)))
	case Vanishes:
		if c.To.Feature != "" {
			return []msg.Message{msg.New("Its feature %s is now switched off by default.", c.To.Feature)}
		}
		says = append(says, msg.New("It no longer exists."))
	case Roles:
		if len(c.Gained) > 0 {
			says = append(says, msg.New("Now also opened by %s.", strings.Join(c.Gained, ", ")))
		}
		if len(c.Lost) > 0 {
			says = append(says, msg.New("No longer opened by %s.", strings.Join(c.Lost, ", ")))
		}
		if was, is := needs(&c.From.Answer), needs(&c.To.Answer); was.String() != is.String() {
			says = append(says, msg.New("Before: %s. Now: %s.", was, is))
		}
		if len(says) == 0 {
			says = append(says, shows(&c.From.Answer, &c.To.Answer))
		}
	case Status:
		says = append(says, msg.New("The same roles open it; it answers %d instead of %d.", c.To.Status, c.From.Status))
	case Told:
	}
	for _, d := range c.Documented {
		says = append(says, d.Sentence())
	}
	return says
}

// needs is what a call takes.
func needs(a *roles.Answer) msg.Message {
	switch {
	case len(a.Together) > 0:
		return msg.New("it requires %s", strings.Join(a.Together[0], " + "))
	case len(a.Smallest) == 0:
		return msg.New("no role of the realm allows it")
	}
	return msg.New("the smallest is %s", roles.Or(a.Smallest))
}

// shows is how much of the answer roles see that open the call on both versions.
func shows(before, after *roles.Answer) msg.Message {
	if less := minus(after.Filtered, before.Filtered); len(less) > 0 {
		return msg.New("%s now gets a response that shows less.", strings.Join(less, ", "))
	}
	if whole := minus(before.Filtered, after.Filtered); len(whole) > 0 {
		return msg.New("%s now gets the whole response.", strings.Join(whole, ", "))
	}
	return msg.New("Other sets of roles get the whole response.")
}
