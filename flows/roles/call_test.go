package roles

import (
	"errors"
	"strings"
	"testing"
)

func TestParseCall(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"GET /admin/realms/r/users", "GET /admin/realms/r/users"},
		{"/admin/realms/r/users", "GET /admin/realms/r/users"},
		{"admin/realms/r/users", "GET /admin/realms/r/users"},
		{"post https://kc.example.com/auth/admin/realms/r/users?max=1#x", "POST /admin/realms/r/users?max=1"},
		{"http://[::1]:8080/sso/kc/admin/realms", "GET /admin/realms"},
		{"GET /admin/serverinfo", "GET /admin/serverinfo"},
		{"  DELETE\t/admin/realms/{realm}/users/{user-id} ", "DELETE /admin/realms/{realm}/users/{user-id}"},
		{"GET /admin/realms/größe/users", "GET /admin/realms/gr%C3%B6%C3%9Fe/users"},
		{"GET /admin/realms/a%2Fb/users", "GET /admin/realms/a%2Fb/users"},
		{"GET /admin/realms/admin/realms/x", "GET /admin/realms/admin/realms/x"},
		{"GET /admin/realmsfoo/admin/realms/x", "GET /admin/realms/x"},
		{"GET /admin/realms/r/users?search=\"a", "GET /admin/realms/r/users?search=%22a"},
	} {
		got, err := ParseCall(c.text)
		if err != nil || got.String() != c.want {
			t.Errorf("%q: %s, %v; want %s", c.text, got, err, c.want)
		}
	}
}

func TestParseCallRefuses(t *testing.T) {
	for _, c := range []struct{ text, says string }{
		{"", "empty"}, {" \n", "empty"}, {"GET", "no path"}, {"get", "no path"}, {"GET /admin/realms/a b", "more than"}, {"G3T /admin/realms", "method"},
		{"GET ftp://x/admin/realms", "http"}, {"GET https://x", "no path"}, {"GET /realms/r/protocol/openid-connect/token", "no /admin/realms"},
		{"GET /users/1", "no /admin/realms"}, {"GET /admin/realms/%zz", "not an escape"}, {"GET /administrator/realms", "no /admin/realms"},
	} {
		_, err := ParseCall(c.text)
		var e *CallError
		if !errors.As(err, &e) || !strings.Contains(e.Message.String(), c.says) || e.Hint.Empty() {
			t.Errorf("%q: %#v", c.text, err)
		}
	}
}

func FuzzParseCall(f *testing.F) {
	for _, s := range []string{"GET /admin/realms/r/users/1", "https://kc/auth/admin/realms/{realm}?x=%", "\x00 /admin/realms//", "PUT admin/realms/ü/%2f", "GET /admin/realms/://"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCall(text)
		if err != nil {
			var e *CallError
			if !errors.As(err, &e) || e.Message.Empty() {
				t.Fatalf("%#v", err)
			}
			return
		}
		if !strings.HasPrefix(c.Path, "/admin/") || strings.ContainsFunc(c.Path, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Fatalf("path %q", c.Path)
		}
		again, err := ParseCall(c.String())
		if err != nil || again != c {
			t.Fatalf("%q read again: %q, %v", c, again, err)
		}
		_, _ = Shipped().Match(c) // does not panic
	})
}

func TestMatch(t *testing.T) {
	const uuid = "8c0f0b56-6c1c-4b6c-9f6e-0a4b1d2b7d11"
	for _, c := range []struct{ call, path string }{
		{"GET /admin/realms/r/users/" + uuid, "/users/{user-id}"},
		{"HEAD /admin/realms/r/users/" + uuid, "/users/{user-id}"},
		{"GET /admin/realms/r/users/" + uuid + "/", "/users/{user-id}"},
		{"GET https://kc/auth/admin/realms/r/users/" + uuid + "?briefRepresentation=true", "/users/{user-id}"},
		{"GET /admin/realms/r/users/count", "/users/count"},
		{"GET /admin/realms/r/users/profile/metadata", "/users/profile/metadata"},
		{"GET /admin/realms/users/users/count?search=a", "/users/count"},
		{"GET /admin/realms/r/users/%63ount", "/users/count"},
		{"GET /admin/realms/{realm}/users/{user-id}", "/users/{user-id}"},
		{"GET /admin/realms/{r}/users/{count}", "/users/{user-id}"},
		{"GET /admin/realms/r/roles/a%2Fb/users", "/roles/{role-name}/users"},
		{"GET /admin/realms/r/clients/" + uuid + "/roles/count", "/clients/{client-uuid}/roles/{role-name}"},
		{"POST /admin/realms/r/users/1/role-mappings/clients/2", "/users/{user-id}/role-mappings/clients/{client-id}"},
		{"GET /admin/realms/r/group-by-path/a/b/c", "/group-by-path/{path}"},
		{"GET /admin/realms/r", ""},
		{"GET /admin/realms/r/", ""},
		{"PUT /admin/realms/r", ""},
	} {
		e, err := Shipped().Match(call(t, c.call))
		if err != nil || e.Path != "/admin/realms/{realm}"+c.path || e.Case != "" {
			t.Errorf("%s: %v, %v", c.call, e, err)
		}
	}
	if e, err := Shipped().Match(call(t, "GET /admin/realms/")); err != nil || e.Path != "/admin/realms" {
		t.Errorf("%v, %v", e, err)
	}
}

func TestMatchTellsWhatNobodyMeasured(t *testing.T) {
	for _, c := range []struct{ call, message, hint string }{
		{"GET /admin/realms/r/nope", "The endpoint GET /admin/realms/r/nope was not measured.", "misspelt"},
		{"PATCH /admin/realms/r/users/1", "PATCH was not measured on /admin/realms/{realm}/users/{user-id}.", "GET, PUT, DELETE"},
		{"GET /admin/realms/r/users//groups", "The endpoint GET /admin/realms/r/users//groups was not measured.", "two slashes"},
		{"GET /admin/realms/r/users/1/nope", "was not measured", "misspelt"},
	} {
		_, err := Shipped().Match(call(t, c.call))
		var e *NotMeasuredError
		if !errors.As(err, &e) || !strings.Contains(e.Message.String(), c.message) || !strings.Contains(e.Hint.String(), c.hint) {
			t.Errorf("%s: %#v", c.call, err)
		}
	}
}
