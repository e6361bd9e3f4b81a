package roles

import "slices"

// Comparison is how a measured table differs from the shipped one of the same version, or of the nearest.
type Comparison struct {
	Differences []Difference
	NotServed   []*Endpoint // in the shipped table; the measured server has no such endpoint
	NotMeasured []*Endpoint // in the shipped table; could not be measured
}

// Difference is a cell that is not as shipped.
type Difference struct {
	Endpoint          *Endpoint
	Role              string // or none; for Together "together"
	Shipped, Measured string // cells, or sets of roles; "" for a role that is not there
}

// Compare compares what was measured with what is shipped.
func Compare(shipped, measured *Table) Comparison {
	c := Comparison{}
	rows := map[string]*Row{}
	for i := range measured.Rows {
		rows[measured.Rows[i].Endpoint.String()] = &measured.Rows[i]
	}
	for i := range shipped.Rows {
		s := &shipped.Rows[i]
		m := rows[s.Endpoint.String()]
		switch {
		case m == nil:
			c.NotMeasured = append(c.NotMeasured, s.Endpoint)
		case !m.Served():
			if s.Served() {
				c.NotServed = append(c.NotServed, s.Endpoint)
			}
		default:
			c.compare(s, m, slices.Concat([]string{None}, shipped.Roles, minus(measured.Roles, shipped.Roles)))
		}
	}
	return c
}

func (c *Comparison) compare(s, m *Row, roles []string) {
	for _, role := range roles {
		was, is := cellText(s, role), cellText(m, role)
		if was != is {
			c.Differences = append(c.Differences, Difference{s.Endpoint, role, was, is})
		}
	}
	if was, is := setsText(s.Together), setsText(m.Together); was != is {
		c.Differences = append(c.Differences, Difference{s.Endpoint, "together", was, is})
	}
}

func cellText(r *Row, role string) string {
	if role == None {
		return r.None.String()
	}
	if c, found := r.Cells[role]; found {
		return c.String()
	}
	return ""
}
