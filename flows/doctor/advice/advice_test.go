package advice

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"fix403/flows/change"
	"fix403/flows/journal"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

func draft() *Draft {
	return &Draft{Call: Call{Base: "https://kc.example", Realm: "shop", ClientID: "svc", Method: http.MethodGet, Path: "/admin/realms/shop/users", ServiceAccount: true}}
}

// TestCallAlone needs no admin: the script gets a token of the client and makes the call.
func TestCallAlone(t *testing.T) {
	f := draft().Fix()
	script := strings.Join(f.Curl, "\n")
	if strings.Contains(script, "ADMIN_PASSWORD") || !strings.Contains(script, "CLIENT_SECRET") || !strings.Contains(script, "/admin/realms/shop/users") {
		t.Error(script)
	}
	if f.Kcadm != nil || f.Terraform != "" || f.Console != nil || f.Go == "" || f.TypeScript == "" {
		t.Errorf("%+v", f)
	}
	person := draft()
	person.ServiceAccount, person.Method = false, http.MethodPost
	if f := person.Fix(); f.Go != "" || f.TypeScript != "" || strings.Contains(strings.Join(f.Curl, "\n"), "CLIENT_SECRET") || !strings.Contains(strings.Join(f.Curl, "\n"), "-X POST") {
		t.Errorf("of a person: %+v", f)
	}
}

// TestAdminLogin is the first line's way to the admin's token, by what the admin logs in with.
func TestAdminLogin(t *testing.T) {
	for name, tt := range map[string]struct {
		admin *keycloak.Credentials
		want  string
	}{
		"none":   {nil, "username=admin"},
		"user":   {&keycloak.Credentials{User: "boss"}, "username=boss"},
		"client": {&keycloak.Credentials{ClientID: "ops"}, "client_id=ops"},
	} {
		d := draft()
		d.Admin = tt.admin
		d.EnableClient()
		if script := strings.Join(d.Fix().Curl, "\n"); !strings.Contains(script, tt.want) {
			t.Errorf("%s: no %s in\n%s", name, tt.want, script)
		}
	}
}

// TestGrantsAreTakenTogether has two roles for one service account, and a scope mapping.
func TestGrantsAreTakenTogether(t *testing.T) {
	d := draft()
	of := func(kind journal.ChangeKind, role string) change.Change {
		return change.Change{Kind: kind, Realm: "shop", ClientID: "svc", Container: keycloak.RealmManagement, Role: role}
	}
	d.Changes([]change.Change{of(journal.ChangeGrant, "view-users"), of(journal.ChangeGrant, "view-realm"), of(journal.ChangeScopeMapping, "view-users")})
	opened := 0
	for _, click := range d.Fix().Console {
		if strings.HasPrefix(click.String(), "Choose the realm shop") {
			opened++
		}
	}
	if opened != 2 {
		t.Errorf("the client is opened %d times", opened)
	}
}

func TestScript(t *testing.T) {
	f := Fix{Caution: msg.New("Make sure that it is yours before you send it a secret.")}
	if got := f.Script([]string{"curl"}, msg.Message.String); !slices.Equal(got, []string{"# Make sure that it is yours before you send it a secret.", "curl"}) {
		t.Errorf("%q", got)
	}
	if got := f.Script([]string{"curl \\\n  -H @-"}, msg.Message.String); len(got) != 3 || got[1] != `curl \` {
		t.Errorf("a command of two lines is %q", got)
	}
	if got := f.Script(nil, msg.Message.String); got != nil {
		t.Errorf("a script that is not there has %q", got)
	}
	f.Caution = msg.Message{}
	if got := f.Script([]string{"curl"}, msg.Message.String); !slices.Equal(got, []string{"curl"}) {
		t.Errorf("%q", got)
	}
}
