package inspect

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"fix403/flows/gate"
	"fix403/ui/kit"
)

// inColour is a theme whose colours are drawn, whatever the test runs on.
func inColour(name string) *kit.Theme {
	t, _ := kit.NewTheme(anyColour{io.Discard}, nil, name, false, false, func(string) string { return "" })
	return t
}

// anyColour is a terminal with all colours.
type anyColour struct{ io.Writer }

// ColorProfile is what the theme asks for.
func (anyColour) ColorProfile() termenv.Profile { return termenv.TrueColor }

func TestRowOfGatesEndsWhereTheRequestEnded(t *testing.T) {
	for _, c := range []struct {
		stop gate.Refusal
		want []string
	}{
		{gate.Refusal{Gate: gate.Role, Status: 403}, []string{
			"━━✓━━━━━━━✓━━━━━━━━✓━━━━━━━✓━━━━━━✓━━━━━━✗ 403  ○",
			"reach  client  identity  realm  route  role  object",
			`403 Forbidden, at the gate role: "I know you, and you may not."`}},
		{gate.Refusal{Gate: gate.Identity, Status: 401}, []string{
			"━━✓━━━━━━━✓━━━━━━━━? 401   ○      ○      ○      ○",
			"reach  client  identity  realm  route  role  object",
			`401 Unauthorized, at the gate identity: "who are you?"`}},
		{gate.Refusal{Gate: gate.None, Status: 200}, []string{
			"━━✓━━━━━━━✓━━━━━━━━✓━━━━━━━✓━━━━━━✓━━━━━━✓━━━━━━✓━━━━→ 200",
			"reach  client  identity  realm  route  role  object",
			"200 OK: it passed every gate."}},
	} {
		got := strings.Split(ansi.Strip(strings.Join(GateRow(inColour("dark"), c.stop, 70), "\n")), "\n")
		if !slices.Equal(got, c.want) {
			t.Errorf("%v:\n%s", c.stop, strings.Join(got, "\n"))
		}
	}
}

func TestRowOfGatesFitsAnywhere(t *testing.T) {
	gates := append(gate.All(), gate.None)
	for _, name := range []string{"dark", "ascii"} {
		th, _ := kit.NewTheme(nil, nil, "dark", false, name == "ascii", func(string) string { return "" })
		for _, g := range gates {
			for _, status := range []int{0, 200, 401, 403, 404, 500} {
				for width := 20; width < 90; width++ {
					for _, line := range GateRow(th, gate.Refusal{Gate: g, Status: status}, width) {
						if ansi.StringWidth(line) > width {
							t.Fatalf("%s %d at %d: %q", g, status, width, line)
						}
						if name == "ascii" && strings.IndexFunc(kit.ASCIIText.Replace(line), func(r rune) bool { return r > 127 }) >= 0 {
							t.Fatalf("not ASCII: %q", line)
						}
					}
				}
			}
		}
	}
}
