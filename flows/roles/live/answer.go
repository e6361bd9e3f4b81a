package live

import (
	"encoding/json"

	"fix403/flows/roles"
)

// answer is a status, and of a body what can be compared.
type answer struct {
	status int
	length int             // of a list, or a number
	list   bool            // length is that of a list
	number bool            // length is a number
	fields map[string]bool // of an object, or of the objects in a list
	text   string          // of a refusal of realm-admin: the beginning, for errors
}

// Thousands of answers are kept. A realm has 150 fields, the most of all.
const mostFields, longestField = 300, 100

func answerOf(status int, text []byte, compared bool) answer {
	a := answer{status: status}
	if status >= 300 || !compared {
		return a
	}
	var v any
	if json.Unmarshal(text, &v) != nil {
		return a
	}
	a.fields = map[string]bool{}
	add := func(o map[string]any) {
		for k := range o {
			if len(a.fields) < mostFields && len(k) <= longestField {
				a.fields[k] = true
			}
		}
	}
	switch x := v.(type) {
	case float64:
		a.number, a.length = true, int(x)
	case []any:
		a.list, a.length = true, len(x)
		for _, element := range x {
			if o, ok := element.(map[string]any); ok {
				add(o)
			}
		}
	case map[string]any:
		if n, ok := x["count"].(float64); ok && len(x) == 1 {
			a.number, a.length = true, int(n)
		}
		add(x)
	}
	return a
}

// cell compares an answer with realm-admin's. The answer of a call that was not to succeed counts as let through.
func (a answer) cell(admin answer, passed int) roles.Cell {
	c := roles.Cell{Status: a.status}
	switch {
	case passed != 0 && a.status == passed:
		c.How = roles.Passed
	case a.status >= 300 || admin.status >= 300:
	case admin.list && admin.length > 0 && a.length == 0:
		c.Less, c.How = true, roles.Empty
	case (admin.list || admin.number) && a.length < admin.length:
		c.Less, c.How = true, roles.Fewer
	default:
		for k := range admin.fields {
			if !a.fields[k] {
				c.Less, c.How = true, roles.Reduced
			}
		}
	}
	return c
}
