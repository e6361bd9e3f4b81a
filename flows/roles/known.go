package roles

import (
	"slices"
	"strconv"
	"strings"
)

// Nearest returns the measured version that is nearest to a version, and whether it is that version. For "" it is the
// newest, exactly; for a text that is no version the newest, not exactly.
func Nearest(version string) (measured string, exact bool) {
	t := Shipped().table(version)
	return t.Version, version == "" || t.Version == version
}

func (m *Matrix) table(version string) *Table {
	best := m.tables[len(m.tables)-1]
	n := number(version)
	if n == 0 {
		return best
	}
	for _, t := range slices.Backward(m.tables) {
		if distance(number(t.Version), n) < distance(number(best.Version), n) {
			best = t
		}
	}
	return best
}

// Table returns what was measured on the version nearest to a version.
func (m *Matrix) Table(version string) *Table { return m.table(version) }

// number makes 26.7.3 comparable; 0 for what is no version. What follows a number, as in 26.7.3.redhat-00001, is left out.
func number(version string) int {
	parts := strings.SplitN(version, ".", 4)
	n := 0
	for i := range 3 {
		n *= 1000
		if i >= len(parts) {
			continue
		}
		digits := parts[i]
		if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
			digits = digits[:end]
		}
		part, err := strconv.Atoi(digits)
		if err != nil || part > 999 {
			return 0
		}
		n += part
	}
	return n
}

func distance(a, b int) int { return max(a-b, b-a) }
