package acceptance

import (
	"net/http"
	"os"
	"slices"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"fix403/keycloak/practice"
	"fix403/keycloak/server/servertest"
	"fix403/keycloak/testrun"
)

// programs are what the binary of the tests is when it is called by these names.
var programs = map[string]func(){"a-keycloak": aKeycloak}

func TestMain(m *testing.M) {
	testscript.Main(testrun.Waiting{M: servertest.Tests{M: m}, AtOnce: 4}, programs)
}

// aKeycloak is called as kc.sh start-dev is, and serves the practice Keycloak.
func aKeycloak() {
	port := os.Args[slices.Index(os.Args, "--http-port")+1]
	p, err := practice.New(practice.Options{AdminPassword: os.Getenv("KC_BOOTSTRAP_ADMIN_PASSWORD")})
	if err != nil {
		panic(err)
	}
	panic(http.ListenAndServe("127.0.0.1:"+port, p)) // #nosec G114 -- until it is ended
}
