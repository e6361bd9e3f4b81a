package flows

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"fix403/keycloak"
)

// TestEachFailureIsSaid looks in the source of package keycloak for its messages and hints: each must be known.
func TestEachFailureIsSaid(t *testing.T) {
	inGerman(t)
	verb := regexp.MustCompile(`%[a-z]`)
	said := 0
	check := func(e ast.Expr) {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return
		}
		text, err := strconv.Unquote(lit.Value)
		if err != nil || text == "" || strings.Trim(verb.ReplaceAllString(text, ""), " :.") == "" {
			return
		}
		said++
		if text = verb.ReplaceAllString(text, "X"); Said(text) == text {
			t.Errorf("%q is not known", text)
		}
	}
	files, err := filepath.Glob("../keycloak/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "badInput" {
					check(n.Args[0])
					check(n.Args[1])
				}
			case *ast.KeyValueExpr:
				if name, ok := n.Key.(*ast.Ident); ok && (name.Name == "Message" || name.Name == "Hint") {
					check(n.Value)
					if call, ok := n.Value.(*ast.CallExpr); ok && len(call.Args) > 0 {
						check(call.Args[0])
					}
				}
			case *ast.AssignStmt:
				for i, to := range n.Lhs {
					if s, ok := to.(*ast.SelectorExpr); ok && (s.Sel.Name == "Message" || s.Sel.Name == "Hint") && i < len(n.Rhs) {
						check(n.Rhs[i])
						if call, ok := n.Rhs[i].(*ast.CallExpr); ok && len(call.Args) > 0 {
							check(call.Args[0])
						}
					}
				}
			}
			return true
		})
	}
	if said < 80 {
		t.Errorf("only %d sentences were found", said)
	}
}

func TestFailuresInGerman(t *testing.T) {
	inGerman(t)
	for _, tt := range []struct{ english, german string }{
		{"Nothing listens at http://localhost:1 (connection refused).", "Unter http://localhost:1 nimmt niemand Verbindungen an (connection refused)."},
		{"There is no client a in the realm b.", "Im Realm b gibt es keinen Client a."},
		{"http://x answered 403 with no reason in the body: that is not Keycloak's answer, but one of something in front of it.", "http://x antwortete 403 (kein Grund im Body): Das ist nicht Keycloaks Antwort, sondern die von etwas davor."},
		{"404: User not found.", "404: User not found."},
		{"answered 503: try 2 of 4 in 1s", "Antwort 503: Versuch 2 von 4 in 1s"},
		{"", ""},
	} {
		if got := Said(tt.english); got != tt.german {
			t.Errorf("%q: %q", tt.english, got)
		}
	}
	err := fmt.Errorf("vorher: %w", &keycloak.Error{Message: "There is no token."})
	if got := SaidError(err); got != "vorher: Es fehlt das Token." {
		t.Error(got)
	}
}
