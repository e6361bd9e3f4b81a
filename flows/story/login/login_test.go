package login

import (
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/wire"
)

// What was typed for one server goes to no other.
func TestAnotherServerGetsNoSecret(t *testing.T) {
	l := For("https://a.example", keycloak.Credentials{Password: wire.NewSecret("p"), OTP: wire.NewSecret("1")})
	if l.Credentials.User != "admin" {
		t.Errorf("the user is %q", l.Credentials.User)
	}
	if is, err := l.Set(URL, "https://a.example/auth"); !is || err != nil || l.Credentials.Password.Empty() {
		t.Errorf("the same server: %t, %v, %v", is, err, l.Credentials.Password.Empty())
	}
	if is, err := l.Set(URL, "https://b.example"); !is || err != nil || !l.Credentials.Password.Empty() || !l.Credentials.OTP.Empty() || l.Credentials.User != "admin" {
		t.Errorf("another server: %t, %v, %+v", is, err, l.Credentials)
	}
	given := For("https://a.example", keycloak.Credentials{Token: wire.NewSecret("t")})
	if _, err := given.Set(URL, "https://b.example"); err == nil || given.URL != "https://a.example" {
		t.Errorf("a token for another server: %v, %s", err, given.URL)
	}
}

func TestInputs(t *testing.T) {
	l := For("https://a.example", keycloak.Credentials{})
	for input, value := range map[string]string{URL: "ftp://b", User: "", Password: ""} {
		before := l
		if is, err := l.Set(input, value); !is || err == nil || l.URL != before.URL || l.Credentials.User != before.Credentials.User {
			t.Errorf("%s %q: %t, %v", input, value, is, err)
		}
	}
	for input, want := range map[string]string{URL: "https://c.example", User: "boss", Password: "", Code: ""} {
		if is, err := l.Set(input, "boss"); input != URL && (!is || err != nil) {
			t.Errorf("%s: %t, %v", input, is, err)
		}
		if input == URL {
			_, _ = l.Set(URL, "https://c.example")
		}
		if got, is := l.Value(input); !is || got != want {
			t.Errorf("%s is %q, want %q", input, got, want)
		}
	}
	if is, err := l.Set("realm", "x"); is || err != nil {
		t.Errorf("the realm: %t, %v", is, err)
	}
	if _, is := l.Value("realm"); is {
		t.Error("the realm is no input of the login")
	}
}
