package kit

import (
	"strings"
	"testing"

	"fix403/flows/gate"
)

// The row says that a gate was passed only where the request came to it: for some callers the object is looked for first.
func TestGatesInLineKeepTheOrderOfTheRequest(t *testing.T) {
	th, _ := NewTheme(nil, nil, "dark", true, true, func(string) string { return "" })
	row := GatesInLine(th, gate.Refusal{Gate: gate.Object, Status: 404, ObjectFirst: true}, 0)
	object, role := strings.Index(row, "object x 404"), strings.Index(row, "role o")
	if object < 0 || role < object {
		t.Errorf("the object does not stand before the role: %s", row)
	}
}
