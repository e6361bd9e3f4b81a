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
	"fix403/flows/doctor/caller"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/place"
	"fix403/flows/doctor/rights"
	"fix403/flows/gate"
)

var update = flag.Bool("update", false, "write docs/verdicts.md")

// TestEachVerdictHasItsFix: each verdict is a value of one gate's file, is in the table of that gate, and only these have no
// fix.
func TestEachVerdictHasItsFix(t *testing.T) {
	unfixed := []*exam.Verdict{rights.OK, rights.WouldPass, place.FeatureDisabled, place.Unreachable, place.TLSUntrusted, place.NotKeycloak, place.Foreign403, place.WrongRealm, place.MethodNotAllowed, caller.BadUserCredentials}
	declared := declarations(t)
	if len(declared) < 38 {
		t.Errorf("only %d verdicts were found", len(declared))
	}
	given := map[string]*exam.Verdict{exam.Undetermined.ID: exam.Undetermined, place.OtherEndpoint.ID: place.OtherEndpoint}
	for _, gate := range append(gate.All(), gate.None) {
		here := map[*exam.Verdict]bool{}
		for _, v := range verdictsAt[gate] {
			if other := given[v.ID]; here[v] || other != nil && other != v {
				t.Errorf("%s of gate %s is there twice", v, gate)
			}
			here[v], given[v.ID] = true, v
			if !strings.HasSuffix(v.Cause, ".") || strings.Contains(v.Cause, ". ") {
				t.Errorf("the cause of %s is not one sentence: %q", v, v.Cause)
			}
			if has := v.Changes != nil || v.Advise != nil; has == slices.Contains(unfixed, v) {
				t.Errorf("%s has a fix: %v", v, has)
			}
			if v.Changes != nil && (v.Advise != nil || v.Retry) {
				t.Errorf("%s has two fixes", v)
			}
		}
	}
	for _, id := range declared {
		if given[id] == nil {
			t.Errorf("%s is in the table of no gate", id)
		}
	}
}

// declarations are the ids of all verdicts in the source.
func declarations(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			value, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if typ, ok := value.Type.(*ast.SelectorExpr); !ok || typ.Sel.Name != "Verdict" {
				return true
			}
			for _, field := range value.Elts {
				if field := field.(*ast.KeyValueExpr); field.Key.(*ast.Ident).Name == "ID" {
					id, err := strconv.Unquote(field.Value.(*ast.BasicLit).Value)
					if err != nil {
						t.Fatal(err)
					}
					all = append(all, id)
				}
			}
			return true
		})
	}
	return all
}

// verdictPage is docs/verdicts.md: the table of each gate, in the order of the gates.
func verdictPage() string {
	var b strings.Builder
	b.WriteString(`# Verdicts of the doctor

What stopped a call, as ` + "`fix403 doctor`" + ` reports it, at each gate. This page is made from the program's own tables:
` + "`go test ./flows/doctor -run TestVerdictPage -update`" + `.

The last column shows what fixes it:

- *--fix*: ` + "`fix403 doctor --fix`" + ` makes the change with an admin's login, or gets a new token, and makes the call again.
- *shown*: the fix is shown but not made, if what was seen is enough to name it.
- *summary*: the doctor knows no change that fixes it; the summary names what to check.

## How certain a verdict is

Each verdict comes with the links of its reasoning; its certainty follows from them, in one place (` + "`flows/doctor/reason`" + `):

- *proved*: each link was observed on this server in this run. The observed links are the evidence.
- *likely*: a link is inferred, or another cause also fits and nothing that was seen decides between them. ` + "`not_checked`" + ` names that
  link, and what would decide. If that is a request that changes nothing, the doctor makes it itself: the same call with a new token or as the
  admin, the token at an endpoint that requires less, or the session that the token belongs to.
- *predicted*: the call could change something and was not sent.
`)
	section := func(title, asks string, table []*exam.Verdict) {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| verdict | cause | fixed by |\n|---|---|---|\n", title, asks)
		for _, v := range table {
			by := "*summary*"
			switch {
			case v == rights.OK:
				by = ""
			case v.Changes != nil, v.Retry:
				by = "*--fix*"
			case v.Advise != nil:
				by = "*shown*"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", v, strings.ReplaceAll(v.Cause, "|", `\|`), by)
		}
	}
	for _, gate := range gate.All() {
		section(string(gate), string(gate.Question()), verdictsAt[gate])
	}
	section(string(gate.None), "The call passes every gate.", verdictsAt[gate.None])
	section("any gate", "An endpoint outside the admin API refused, or none of the other verdicts fits.", []*exam.Verdict{place.OtherEndpoint, exam.Undetermined})
	return b.String()
}

func TestVerdictPage(t *testing.T) {
	pagetest.Current(t, *update, "verdicts.md", verdictPage(), "go test ./flows/doctor -run TestVerdictPage -update")
}
