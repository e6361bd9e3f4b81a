package doctor

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fix403/docs/pagetest"
	"fix403/flows/gate"
)

var update = flag.Bool("update", false, "write docs/verdicts.md")

// declared is a constant of the type Verdict, as it stands in the source.
type declared struct {
	verdict    Verdict
	name, says string // says is its comment
}

// declarations are all of them.
func declarations(t *testing.T) []declared {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var all []declared
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "Verdict" || len(spec.Values) == 0 {
				return true
			}
			for i, name := range spec.Names {
				text, err := strconv.Unquote(spec.Values[i].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, declared{Verdict(text), name.Name, strings.Join(strings.Fields(spec.Doc.Text()), " ")})
			}
			return true
		})
	}
	return all
}

// TestEachVerdictHasItsRemedy: the tables of the gates and the constants are the same verdicts, and only these have no fix.
func TestEachVerdictHasItsRemedy(t *testing.T) {
	unmended := []Verdict{OK, Unreachable, TLSUntrusted, NotKeycloak, Foreign403, WrongRealm, MethodNotAllowed}
	known := map[Verdict]bool{}
	for _, d := range declarations(t) {
		if known[d.verdict] {
			t.Errorf("%s is there twice", d.verdict)
		}
		known[d.verdict] = true
		if !strings.HasSuffix(d.says, ".") || strings.Contains(d.says, ". ") {
			t.Errorf("the comment of %s is not one sentence: %q", d.name, d.says)
		}
	}
	if len(known) < 38 {
		t.Errorf("only %d constants were found", len(known))
	}
	given := map[Verdict]bool{Undetermined: true}
	for _, gate := range append(gate.All(), gate.None) {
		here := map[Verdict]bool{}
		for _, r := range verdictsAt(gate) {
			if !known[r.verdict] || here[r.verdict] {
				t.Errorf("%s of gate %s is no constant, or there twice", r.verdict, gate)
			}
			here[r.verdict], given[r.verdict] = true, true
			if has := r.changes != nil || r.say != nil; has == slices.Contains(unmended, r.verdict) {
				t.Errorf("%s has a fix: %v", r.verdict, has)
			}
			if r.changes != nil && (r.say != nil || r.retry) {
				t.Errorf("%s has two fixes", r.verdict)
			}
		}
	}
	for v := range known {
		if !given[v] {
			t.Errorf("%s is in the table of no gate", v)
		}
	}
}

// verdictPage is docs/verdicts.md: the table of each gate, in the order of the gates.
func verdictPage(t *testing.T) string {
	var b strings.Builder
	b.WriteString(`# Verdicts of the doctor

What ` + "`fix403 doctor`" + ` says a call was stopped by, at each gate. This page is made from the program's own tables:
` + "`go test ./flows/doctor -run TestVerdictPage -update`" + `.

The last column says what mends it:

- *--fix*: ` + "`fix403 doctor --fix`" + ` makes the change with an admin's login, or gets a new token, and makes the call again.
- *shown*: the fix is shown and not made, where what was seen is enough to name it.
- *summary*: the doctor knows no change that mends it; the summary says what to look at.
`)
	says := map[Verdict]string{}
	for _, d := range declarations(t) {
		says[d.verdict] = d.says
	}
	section := func(title, asks string, table []remedy) {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| verdict | cause | mended by |\n|---|---|---|\n", title, asks)
		for _, r := range table {
			by := "*summary*"
			switch {
			case r.verdict == OK:
				by = ""
			case r.changes != nil, r.retry:
				by = "*--fix*"
			case r.say != nil:
				by = "*shown*"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", r.verdict, strings.ReplaceAll(says[r.verdict], "|", `\|`), by)
		}
	}
	for _, gate := range gate.All() {
		section(string(gate), gate.Question(), verdictsAt(gate))
	}
	section(string(gate.None), "The call passes every gate.", verdictsAt(gate.None))
	section("any gate", "None of the other verdicts can be given.", []remedy{{verdict: Undetermined}})
	return b.String()
}

func TestVerdictPage(t *testing.T) {
	pagetest.Current(t, *update, "verdicts.md", verdictPage(t), "go test ./flows/doctor -run TestVerdictPage -update")
}
