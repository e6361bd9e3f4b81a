package roles

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Cell is what a role alone gets from an endpoint.
type Cell struct {
	Status int
	Less   bool // a success, but it shows less than realm-admin sees
	How    Less // in which way; or Passed
}

// Less is the way in which a success shows less than realm-admin sees.
type Less string

// The ways to show less.
const (
	Empty   Less = "empty"   // a list without anything in it
	Fewer   Less = "fewer"   // a shorter list, or a smaller number
	Reduced Less = "reduced" // an object that lacks fields
	// Passed marks an answer that is no success and no refusal: the role was let through, and the call was sent such that
	// it then fails for another reason (mail to a user without an address).
	Passed Less = "passed"
)

// Whole reports whether the call gives all that it gives to realm-admin.
func (c Cell) Whole() bool { return c.Succeeds() && !c.Less }

// Succeeds reports whether the call is let through, even if its answer shows less.
func (c Cell) Succeeds() bool { return c.Status >= 200 && c.Status < 300 || c.How == Passed }

// String is the cell as in the data files: "200", "200 empty", "403".
func (c Cell) String() string {
	if c.How != "" {
		return strconv.Itoa(c.Status) + " " + string(c.How)
	}
	return strconv.Itoa(c.Status)
}

func parseCell(s string) (Cell, error) {
	status, how, less := strings.Cut(s, " ")
	n, err := strconv.Atoi(status)
	if err != nil || n < 100 || n > 599 || less && !slices.Contains([]Less{Empty, Fewer, Reduced, Passed}, Less(how)) {
		return Cell{}, fmt.Errorf("no cell: %q", s)
	}
	return Cell{n, less && Less(how) != Passed, Less(how)}, nil
}

// MarshalText writes a cell as [Cell.String] does.
func (c Cell) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what [Cell.MarshalText] wrote.
func (c *Cell) UnmarshalText(text []byte) (err error) {
	*c, err = parseCell(string(text))
	return err
}
