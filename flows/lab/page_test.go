package lab

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"fix403/docs/pagetest"
	"fix403/keycloak/version"
)

var update = flag.Bool("update", false, "write docs/experiments.md")

// experimentPage is docs/experiments.md: the experiments in their order, and what the versions answered.
func experimentPage() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Experiments of the lab

`+"`fix403 lab`"+` has %d experiments. This page is made from the program's own table: `+"`go test ./flows/lab -run TestExperimentPage -update`"+`.
They run in a scratch realm, which is removed afterwards; `+"`fix403 lab ID`"+` runs one. The gate is the one that the experiment is about, none
if nothing is stopped. An experiment with a token that is not accepted first makes the same call with a good token: if that is
refused, too, the experiment cannot be made.

Results are compared with measurements of the same version. On a version that was not measured they are shown
next to those of the nearest measured versions, and a difference is not a failure: the exit code stays 0. What Keycloak documents
but was not measured is marked as such.

Measured on %s.
`, len(Experiments()), versions(Experiments()[0].facts().On()))
	// row is a line of a table; a line break or a bar in a cell would end it.
	row := func(cells ...string) {
		for i, c := range cells {
			cells[i] = strings.ReplaceAll(strings.ReplaceAll(c, "\n", " "), "|", `\|`)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	b.WriteString("\n")
	row("experiment", "gate", "question", "answer")
	b.WriteString("|---|---|---|---|\n")
	for _, e := range Experiments() {
		row("`"+e.ID+"`", string(e.Gate), "**"+string(e.Title)+".** "+string(e.Ask), answers(e))
	}
	return b.String()
}

// answers is what the versions answered, in ranges where they differ.
func answers(e *Experiment) string {
	var parts []string
	ranges := e.Ranges()
	for _, r := range ranges {
		text := "`" + r.Value + "`"
		switch {
		case r.Documented:
			text += " documented since " + r.From.String()
		case len(ranges) == 1:
		case r.From == r.To:
			text += " on " + r.From.String()
		default:
			text += " on " + r.From.String() + " to " + r.To.String()
		}
		parts = append(parts, text)
	}
	text := strings.Join(parts, "<br>")
	if on := versions(e.facts().On()); on != versions(Experiments()[0].facts().On()) {
		text += "<br>measured on " + on
	}
	return text
}

func versions(list []version.Version) string {
	var names []string
	for _, v := range list {
		names = append(names, v.String())
	}
	return strings.Join(names, ", ")
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
