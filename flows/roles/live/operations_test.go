package live

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"fix403/flows/roles"
)

// Each operation that Keycloak describes is one that can be measured, and has a row in the matrix on the described version.
func TestEveryOperation(t *testing.T) {
	text, err := os.ReadFile("../testdata/operations.tsv")
	if err != nil {
		t.Fatal(err)
	}
	on, operations := "", 0
	for line := range strings.Lines(string(text)) {
		method, path, _ := strings.Cut(strings.TrimSpace(line), "\t")
		switch {
		case strings.HasPrefix(line, "#"):
		case method == "version":
			on = path
		default:
			operations++
			describes(t, on, method, path)
		}
	}
	const least = 449 // 413 of the admin API, 6 of its version 2, 30 of the admin console
	if operations < least {
		t.Errorf("%d operations are described, want %d", operations, least)
	}
}

// The same of the description that a server gives away, where FIX403_TEST_OPENAPI names one (it is version 2 of the admin API:
// kc.sh start-dev --features=openapi,client-admin-api --openapi-enabled=true, http://localhost:9000/openapi?format=json).
func TestRealKeycloakDescribes(t *testing.T) {
	url := os.Getenv("FIX403_TEST_OPENAPI")
	if url == "" {
		t.Skip("FIX403_TEST_OPENAPI names no description")
	}
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Info  struct{ Version string }
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &d); err != nil || len(d.Paths) == 0 {
		t.Fatalf("%v: %s", err, text)
	}
	for path, operations := range d.Paths {
		for method := range operations {
			if strings.Contains(" get post put patch delete ", " "+method+" ") {
				describes(t, d.Info.Version, strings.ToUpper(method), path)
			}
		}
	}
}

// unmeasured are the operations that no row is about, each with the reason.
var unmeasured = map[string]string{}

// describes looks for an operation in the matrix of a version.
func describes(t *testing.T, on, method, path string) {
	t.Helper()
	m := roles.Shipped()
	e, err := m.Match(roles.Call{Method: method, Path: path})
	why := unmeasured[method+" "+path]
	switch {
	case err != nil && why == "":
		t.Errorf("%s %s is described, and neither measured nor listed: %v", method, path, err)
	case err != nil:
	case why != "":
		t.Errorf("%s is measured, and listed as not: %s", e, why)
	case !sameShape(e.Path, path):
		t.Errorf("%s %s is described, and found as %s", method, path, e)
	case m.Measured(on) && m.Table(on).Row(e) == nil:
		t.Errorf("%s was not measured on %s", e, on)
	case !Measures(e):
		t.Errorf("%s is in the matrix, and cannot be measured", e)
	}
}

// sameShape reports whether two paths differ only in how their parameters are named.
func sameShape(a, b string) bool {
	shape := func(path string) string {
		segments := strings.Split(path, "/")
		for i, s := range segments {
			if strings.HasPrefix(s, "{") {
				segments[i] = "{}"
			}
		}
		return strings.Join(segments, "/")
	}
	return shape(a) == shape(b)
}
