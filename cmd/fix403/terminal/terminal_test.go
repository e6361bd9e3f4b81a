package terminal

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestReadHidden(t *testing.T) {
	for typed, want := range map[string]struct {
		line string
		err  error
	}{
		"secret\r": {"secret", nil}, "secret\nmore": {"secret", nil}, "\r": {"", nil}, "sä\x7f\x7fx\r": {"x", nil}, "ab\bc\r": {"ac", nil},
		"\x7fa\r": {"a", nil}, "wrong\x15right\r": {"right", nil}, "a b\tc\r": {"a b\tc", nil}, "a\x04b\r": {"ab", nil},
		"half\x03\r": {"", context.Canceled}, "\x04": {"", io.EOF}, "no end": {"", io.EOF},
	} {
		line, err := readHidden(strings.NewReader(typed))
		if line != want.line || !errors.Is(err, want.err) {
			t.Errorf("%q: %q, %v", typed, line, err)
		}
	}
}
