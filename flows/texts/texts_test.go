package texts

import (
	"bytes"
	"encoding/json"
	"errors"
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
	"testing"
)

// TestCatalogues holds each catalogue to what the program says: nothing missing, nothing unused, the same values in it.
// FIX403_MISSING=FILE writes what is missing there, as JSON to fill in.
func TestCatalogues(t *testing.T) {
	said := textsInSource(t)
	if len(said) == 0 {
		t.Fatal("no text was found in the source")
	}
	for _, language := range Languages()[1:] {
		c, err := catalogue(os.DirFS(language))
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
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			e.SetIndent("", " ")
			if err := errors.Join(e.Encode(missing), os.WriteFile(file, b.Bytes(), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestUse(t *testing.T) {
	t.Cleanup(func() { _ = Use("en") })
	for _, l := range Languages() {
		if err := Use(l); err != nil {
			t.Error(err)
		}
	}
	if err := Use("xx"); err == nil {
		t.Error("xx is a language")
	}
	inUse.Store(&used{language: "xx", said: map[Text]string{"%s of %d": "von %[2]d %[1]s"}})
	if got := T("%s of %d", "one", 2); got != "von 2 one" {
		t.Error(got)
	}
	if got := T("100 % of it"); got != "100 % of it" {
		t.Error(got)
	}
	if got := Missed(); Language() != "xx" || !slices.Equal(got, []Text{"100 % of it"}) {
		t.Errorf("%s lacks %q", Language(), got)
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

// textsInSource are the constants of type Text in the program, each with a place where it stands.
func textsInSource(t *testing.T) map[Text]string {
	out, err := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export,Dir,GoFiles,Module", "fix403/cmd/fix403").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
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
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		if p.Module != nil && p.Module.Main {
			ours = append(ours, p)
		}
	}
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	found := map[Text]string{}
	for _, p := range ours {
		var files []*ast.File
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
		if _, err := (&types.Config{Importer: imports}).Check(p.ImportPath, fset, files, info); err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				e, ok := n.(ast.Expr)
				if !ok {
					return true
				}
				tv := info.Types[e]
				if tv.Value == nil || tv.Type == nil || types.Unalias(tv.Type).String() != "fix403/flows/texts.Text" {
					return true
				}
				if s := constant.StringVal(tv.Value); strings.TrimSpace(s) != "" {
					at := fset.Position(e.Pos())
					found[Text(s)] = filepath.Base(p.Dir) + "/" + filepath.Base(at.Filename)
				}
				return false // the parts of it are not said by themselves
			})
		}
	}
	return found
}
