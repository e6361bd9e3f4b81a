package texts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"fix403/flows/texts/german"
)

// TestCatalogues holds each catalogue to what the program says: nothing missing, nothing unused, the same values in it.
// FIX403_MISSING=FILE writes what is missing there, as pairs to fill in.
func TestCatalogues(t *testing.T) {
	said := textsInSource(t)
	if len(said) == 0 {
		t.Fatal("no text was found in the source")
	}
	for _, language := range Languages()[1:] {
		c, err := catalogue(german.All())
		if err != nil {
			t.Fatal(err)
		}
		missing := map[Text]string{}
		for text, at := range said {
			translated, ok := c[text]
			if !ok {
				missing[text] = at
				t.Errorf("%s: missing: %q (%s)", language, text, at)
				continue
			}
			if want, got := verbs(string(text)), verbs(translated); !slices.Equal(want, got) {
				t.Errorf("%s: %q has the values %q, and in translation %q", language, text, want, got)
			}
			if strings.TrimSpace(translated) == "" {
				t.Errorf("%s: %q is empty", language, text)
			}
			if edges(string(text)) != edges(translated) {
				t.Errorf("%s: %q begins or ends with a space or a line break, and its translation does not, or the other way", language, text)
			}
		}
		for text := range c {
			if said[text] == "" {
				t.Errorf("%s: unused: %q", language, text)
			}
		}
		if file := os.Getenv("FIX403_MISSING"); file != "" {
			var b strings.Builder
			for text, at := range missing {
				fmt.Fprintf(&b, "\t{%q, %q},\n", text, at)
			}
			if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestPrinter(t *testing.T) {
	for _, l := range Languages() {
		p, err := In(l)
		if err != nil || p.Language() != l {
			t.Errorf("%s: %s, %v", l, p.Language(), err)
		}
	}
	if _, err := In("xx"); err == nil {
		t.Error("xx is a language")
	}
	p := &Printer{language: "xx", said: map[Text]string{"%s of %d": "von %[2]d %[1]s"}}
	if got := p.T("%s of %d", "one", 2); got != "von 2 one" {
		t.Error(got)
	}
	if got := p.T("100 % of it"); got != "100 % of it" {
		t.Error(got)
	}
	if got := p.Missed(); !slices.Equal(got, []Text{"100 % of it"}) {
		t.Errorf("it lacks %q", got)
	}
	if got, err := json.Marshal(Text("%s of %d")); string(got) != `"%s of %d"` || err != nil {
		t.Errorf("JSON %s, %v", got, err)
	}
}

func TestOf(t *testing.T) {
	for _, tt := range []struct {
		locales []string
		want    string
	}{
		{[]string{"", "", "de_AT.UTF-8"}, "de"},
		{[]string{"de"}, "de"},
		{[]string{"de.UTF-8"}, "de"},
		{[]string{"C", "", "de_DE"}, "en"},
		{[]string{"fr_FR", "", "de_DE"}, "en"},
		{[]string{"den_X"}, "en"},
		{nil, "en"},
	} {
		if got := Of(tt.locales...); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.locales, got, tt.want)
		}
	}
}

var verb = regexp.MustCompile(`%(?:\[(\d+)\])?([-+#0]*[\d.*]*[a-zA-Z%])`)

// verbs are the verbs of a format by the values that they take.
func verbs(format string) []string {
	var out []string
	n := 0
	for _, m := range verb.FindAllStringSubmatch(format, -1) {
		if m[2] == "%" {
			continue
		}
		if n++; m[1] != "" {
			n = int(m[1][0] - '0')
		}
		out = append(out, string(rune('0'+n))+m[2])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func edges(s string) [2]string {
	inner := strings.TrimSpace(s)
	before, after, _ := strings.Cut(s, inner)
	return [2]string{before, after}
}

// source is the program's own packages, with types.
type source struct {
	fset  *token.FileSet
	files map[string][]*ast.File // by the package's folder
	info  *types.Info
}

// sourceOfTheProgram reads the packages of this module that are part of the program.
var sourceOfTheProgram = sync.OnceValues(func() (*source, error) {
	out, err := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export,Dir,GoFiles,Module", "fix403/cmd/fix403").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	type listed struct {
		ImportPath, Export, Dir string
		GoFiles                 []string
		Module                  *struct{ Main bool }
	}
	exports := map[string]string{}
	var ours []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		exports[p.ImportPath] = p.Export
		if p.Module != nil && p.Module.Main {
			ours = append(ours, p)
		}
	}
	s := &source{token.NewFileSet(), map[string][]*ast.File{}, &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}}
	imports := importer.ForCompiler(s.fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for _, p := range ours {
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(s.fset, filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				return nil, err
			}
			s.files[p.Dir] = append(s.files[p.Dir], f)
		}
		if _, err := (&types.Config{Importer: imports}).Check(p.ImportPath, s.fset, s.files[p.Dir], s.info); err != nil {
			return nil, err
		}
	}
	return s, nil
})

const formatType = "fix403/keycloak/msg.Format"

// text returns the constant of type Format that an expression is.
func (s *source) text(e ast.Expr) (string, bool) {
	tv := s.info.Types[e]
	if tv.Value == nil || tv.Type == nil || types.Unalias(tv.Type).String() != formatType {
		return "", false
	}
	return constant.StringVal(tv.Value), true
}

// each calls f for every expression, and goes into it where f says so.
func (s *source) each(f func(dir string, e ast.Expr) bool) {
	for dir, files := range s.files {
		for _, file := range files {
			ast.Inspect(file, func(n ast.Node) bool {
				e, ok := n.(ast.Expr)
				return !ok || f(dir, e)
			})
		}
	}
}

// textsInSource returns the constants of type Text in the program, each with a place where it stands.
func textsInSource(t *testing.T) map[Text]string {
	s, err := sourceOfTheProgram()
	if err != nil {
		t.Fatal(err)
	}
	found := map[Text]string{}
	s.each(func(dir string, e ast.Expr) bool {
		text, ok := s.text(e)
		if ok && strings.TrimSpace(text) != "" {
			found[Text(text)] = filepath.Base(dir) + "/" + filepath.Base(s.fset.Position(e.Pos()).Filename)
		}
		return !ok // the parts of it are not said by themselves
	})
	return found
}

// TestEachSentenceHasItsValues walks every call that makes a sentence of a format and values, whatever it is called: an
// error, a purpose, a hint, a line. Rendered in each language, it has no value too many, too few or of another kind.
func TestEachSentenceHasItsValues(t *testing.T) {
	s, err := sourceOfTheProgram()
	if err != nil {
		t.Fatal(err)
	}
	catalogues := map[string]map[Text]string{}
	for _, language := range Languages()[1:] {
		if catalogues[language], err = catalogue(german.All()); err != nil {
			t.Fatal(err)
		}
	}
	checked := 0
	s.each(func(_ string, e ast.Expr) bool {
		call, ok := e.(*ast.CallExpr)
		if !ok {
			return true
		}
		sig, ok := s.info.Types[call.Fun].Type.(*types.Signature)
		if !ok || !sig.Variadic() || call.Ellipsis.IsValid() || sig.Params().Len() < 2 {
			return true
		}
		at := sig.Params().Len() - 2
		if slice, ok := sig.Params().At(at + 1).Type().(*types.Slice); !ok || !types.IsInterface(slice.Elem()) || len(call.Args) <= at {
			return true
		}
		format, ok := s.text(call.Args[at])
		if !ok {
			return true
		}
		values, place := call.Args[at+1:], s.fset.Position(call.Pos())
		checked++
		for _, language := range Languages() {
			rendered := format
			if c := catalogues[language]; c != nil {
				rendered = c[Text(format)]
			}
			if len(values) == 0 && verb.MatchString(rendered) && !strings.Contains(rendered, "% ") {
				t.Errorf("%s: %q lacks its values", place, rendered)
			}
			if len(values) > 0 {
				if got := fmt.Sprintf(rendered, samples(s, values)...); strings.Contains(got, "%!") {
					t.Errorf("%s: %s", place, got)
				}
			}
		}
		return true
	})
	if checked < 500 {
		t.Errorf("only %d calls were found", checked)
	}
}

// samples returns a value of the kind of each expression.
func samples(s *source, values []ast.Expr) []any {
	var out []any
	for _, v := range values {
		basic, ok := s.info.Types[v].Type.Underlying().(*types.Basic)
		switch {
		case ok && basic.Info()&types.IsInteger != 0 && !strings.Contains(s.info.Types[v].Type.String(), "."):
			out = append(out, 7)
		case ok && basic.Kind() == types.Int32: // a rune, or what prints itself
			out = append(out, 'x')
		case ok && basic.Info()&types.IsFloat != 0:
			out = append(out, 1.5)
		case ok && basic.Info()&types.IsBoolean != 0:
			out = append(out, true)
		default:
			out = append(out, "text")
		}
	}
	return out
}
