package place

import "testing"

func TestStraight(t *testing.T) {
	for path, want := range map[string]string{
		"//admin//realms/r/users":          "/admin/realms/r/users",
		"/admin/realms/r/users":            "/admin/realms/r/users",
		"/admin/realms/r/users/":           "/admin/realms/r/users/",
		"/admin/realms/r/users//":          "/admin/realms/r/users",
		"/admin/realms/r;a=b/users;c?d=e":  "/admin/realms/r/users?d=e",
		"/admin/realms/r/./x/../users":     "/admin/realms/r/users",
		"/admin/realms/r/users/%zz":        "/admin/realms/r/users/%25zz",
		"/admin/realms/r/roles/a%2fb%20c":  "/admin/realms/r/roles/a%2fb%20c",
		"/admin/realms/r/users?search=a|b": "/admin/realms/r/users?search=a%7Cb",
		"/../..":                           "/",
	} {
		if got := Straight(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
