package near

import (
	"slices"
	"strings"
	"testing"
)

// A whole segment goes before the beginning of one, this before a part of one, and all before what is only known besides; the last
// segments of a path count most.
func TestRank(t *testing.T) {
	paths := []string{
		"/attack-detection/users", "/clients/{id}/users/{user-id}/more", "/authentication", "/users-management", "/power-users",
		"/users/count", "/users", "/users/{user-id}",
	}
	about := map[string]string{"/authentication": "query-users"}
	for _, c := range []struct {
		query string
		want  []string
	}{
		{"users", []string{"/users", "/users/{user-id}", "/attack-detection/users", "/users/count", "/clients/{id}/users/{user-id}/more", "/users-management", "/power-users", "/authentication"}},
		{"Users COUNT", []string{"/users/count"}},
		{"users/{user-id}", []string{"/users/{user-id}", "/clients/{id}/users/{user-id}/more"}},
		{"/count", []string{"/users/count"}},
		{"cuont", []string{"/users/count"}},
		{"manage", []string{"/users-management"}},
		{"nothing-of-the-kind", nil},
	} {
		var got []string
		for _, i := range Rank(c.query, len(paths), func(i int) Text {
			return Text{Names: strings.Split(paths[i][1:], "/"), Path: true, About: about[paths[i]]}
		}) {
			got = append(got, paths[i])
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.query, got, c.want)
		}
	}
	if all := Rank(" ", 3, func(int) Text { return Text{} }); !slices.Equal(all, []int{0, 1, 2}) {
		t.Error(all)
	}
}
