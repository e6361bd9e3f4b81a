package roles

import "testing"

// BenchmarkStart is what a program pays that asks one thing of the matrix: to read it, and to find the roles of a call.
func BenchmarkStart(b *testing.B) {
	call := Call{Method: "GET", Path: "/admin/realms/r/users/1"}
	for b.Loop() {
		m, err := parse(data)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := m.Cover("26.7.4", []Call{call}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParse is the reading alone.
func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := parse(data); err != nil {
			b.Fatal(err)
		}
	}
}
