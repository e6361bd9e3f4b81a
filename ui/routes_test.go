package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"fix403/ui/shell"
)

// A screen names where it leads to, and a name that the table lacks would be found only when a key is pressed.
func TestRoutesLeadToScreens(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	routes := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			field, is := n.(*ast.KeyValueExpr)
			if !is {
				return true
			}
			if key, is := field.Key.(*ast.Ident); !is || key.Name != "To" {
				return true
			}
			if to, is := field.Value.(*ast.BasicLit); is {
				routes++
				place, err := strconv.Unquote(to.Value)
				if err != nil || screens[shell.Place(place)] == nil {
					t.Errorf("%s: no screen %s", name, to.Value)
				}
			}
			return true
		})
	}
	if routes < 8 {
		t.Errorf("only %d routes are found", routes)
	}
}
