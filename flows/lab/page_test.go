package lab

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fix403/docs/pagetest"
)

var update = flag.Bool("update", false, "write docs/experiments.md")

// experimentPage is docs/experiments.md: the experiments in their order, and what the measured versions answered.
func experimentPage() string {
	roleReading := slices.Concat(byToken, byTokenOrLive, byTokenAndLive, live)
	var whole []string // the versions on which every experiment was measured
	for _, v := range roleReading {
		if !slices.ContainsFunc(Experiments(), func(e *Experiment) bool { return e.expect(v) == "" }) {
			whole = append(whole, v)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `# Experiments of the lab

`+"`fix403 lab`"+` has %d experiments. This page is made from the program's own table: `+"`go test ./flows/lab -run TestExperimentPage -update`"+`.
They run in a scratch realm, which is removed afterwards; `+"`fix403 lab ID`"+` runs one. What is observed is compared with what the same
version was measured to answer: that stands in the columns of the versions. The gate is the one that the experiment is about, none where
nothing is stopped.
`, len(Experiments()))
	// row is a line of a table; a line break or a bar in a cell would end it.
	row := func(cells ...string) {
		for i, c := range cells {
			cells[i] = strings.ReplaceAll(strings.ReplaceAll(c, "\n", " "), "|", `\|`)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	head := func(versions []string, cells ...string) {
		cells = append(cells, versions...)
		b.WriteString("\n")
		row(cells...)
		b.WriteString(strings.Repeat("|---", len(cells)) + "|\n")
	}
	measured := func(e *Experiment, versions []string) (cells []string) {
		for _, v := range versions {
			cells = append(cells, "`"+e.expect(v)+"`")
		}
		return cells
	}
	head(whole, "experiment", "gate", "question")
	for _, e := range Experiments() {
		row(append([]string{"`" + e.ID + "`", string(e.Gate), "**" + string(e.Title) + ".** " + string(e.Ask)}, measured(e, whole)...)...)
	}
	b.WriteString("\n## Where roles are read from\n\nThese were measured on more versions, since their answers changed between them.\n")
	head(roleReading, "experiment")
	for _, e := range Experiments() {
		if e.expect(roleReading[0]) != "" {
			row(append([]string{"`" + e.ID + "`"}, measured(e, roleReading)...)...)
		}
	}
	return b.String()
}

func TestExperimentPage(t *testing.T) {
	page := experimentPage()
	pagetest.Current(t, *update, "experiments.md", page, "go test ./flows/lab -run TestExperimentPage -update")
	for _, e := range Experiments() {
		if strings.Count(page, "| `"+e.ID+"` |") == 0 {
			t.Errorf("%s is missing", e.ID)
		}
	}
}
