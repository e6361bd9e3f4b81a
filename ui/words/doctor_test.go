package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/given"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
)

// TestFormsSpeakOfNoFlags looks at each text of the doctor that a person is told.
func TestFormsSpeakOfNoFlags(t *testing.T) {
	for _, language := range texts.Languages() {
		t.Run(language, func(t *testing.T) {
			printer, err := texts.In(language)
			if err != nil {
				t.Fatal(err)
			}
			formsSpeakOfNoFlags(t, Words{Printer: printer})
		})
	}
}

func formsSpeakOfNoFlags(t *testing.T, w Words) {
	flag := regexp.MustCompile(`--[a-z]|FIX403_`)
	var files []string
	for _, folder := range []string{"doctor", "doctor/*", "intake", "curl"} {
		found, _ := filepath.Glob("../../flows/" + folder + "/*.go")
		files = append(files, found...)
	}
	said, named := 0, 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := ""
			switch f := call.Fun.(type) {
			case *ast.Ident:
				name = f.Name
			case *ast.SelectorExpr:
				name = f.Sel.Name
			}
			switch name {
			case "BadInput", "noAdmin", "NoAdmin", "cannot", "Cannot", "unseen", "Unseen", "But", "Or", "ignore", "append", "because", "observed", "Observed", "Forbidden", "Click":
			default:
				return true
			}
			for _, arg := range call.Args {
				lit, ok := arg.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					continue
				}
				text, _ := strconv.Unquote(lit.Value)
				said++
				if !flag.MatchString(text) {
					continue
				}
				named++
				got := w.Say(InForm(msg.New(texts.Text(text))))
				for _, start := range []string{"start fix403 with --insecure", "--insecure (start fix403 with it", "fix403 mit --insecure starten", "--insecure (fix403 damit starten", "fix403 roles --live"} {
					got = strings.ReplaceAll(got, start, "")
				}
				if flag.MatchString(got) {
					t.Errorf("%s: %q", filepath.Base(file), got)
				}
			}
			return true
		})
	}
	if said < 20 || named < 10 {
		t.Errorf("only %d texts were looked at, %d of them with a flag", said, named)
	}
	for _, hole := range []string{"--realm", "--user-id"} { // constants there
		if got := w.Say(InForm(msg.New(texts.Text("Give it with " + hole + ", or put the real value into the call.")))); flag.MatchString(got) {
			t.Error(got)
		}
	}
}

// TestCaller says whose call it is.
func TestCaller(t *testing.T) {
	printer, err := texts.In("en")
	if err != nil {
		t.Fatal(err)
	}
	w := Words{Printer: printer}
	for want, who := range map[string]exam.Who{
		"the service account of the client reports, realm shop, client credentials grant":            {Kind: exam.ServiceAccount, Name: "service-account-reports", ClientID: "reports", Realm: "shop", Grant: given.ClientCredentials},
		"the service account service-account-front, realm shop, client gateway, token exchange":      {Kind: exam.ServiceAccount, Name: "service-account-front", ClientID: "gateway", Realm: "shop", Grant: given.TokenExchange},
		"the user john, realm master, client admin-cli, password grant":                              {Kind: exam.User, Name: "john", ClientID: "admin-cli", Realm: "master", Grant: given.PasswordGrant},
		"a user that the token does not name, realm shop, client admin-cli, with the token as given": {Kind: exam.User, ClientID: "admin-cli", Realm: "shop"},
		"unknown: nothing shows which account, with the token as given":                              {Kind: exam.Unknown},
	} {
		if got := w.Caller(&exam.Diagnosis{Caller: who}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
