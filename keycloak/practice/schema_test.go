package practice

import "testing"

// TestUnknownFieldPlace: line and column as 26.7.3 reports them (bad/client-unknown-field and measured beside it).
func TestUnknownFieldPlace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		body      string
		line, col int
	}{
		{`{"clientId": "uf", "nope": 1}`, 1, 29},
		{`{"nope":1}`, 1, 10},
		{"{\n \"nope\": 1}", 2, 11},
	} {
		name, line, col := unknownField([]byte(tt.body), clientSchema)
		if name != "nope" || line != tt.line || col != tt.col {
			t.Errorf("%s: %s at %d:%d, want %d:%d", tt.body, name, line, col, tt.line, tt.col)
		}
	}
}

func TestValidURI(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]bool{"/a?b=%2f": true, "/a?b=%zz": false, "/%": false, "/a b": false, `/a"b`: false, "/caf\u00e9": false, "/a?x=a|b": false} {
		if got := validURI(uri); got != want {
			t.Errorf("%s: %v", uri, got)
		}
	}
}
