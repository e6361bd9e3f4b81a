//go:build unix && !linux

package server

import (
	"context"
	"strconv"
	"strings"
)

// runs reports whether the process group has a process whose command line names the folder: that tells it from another
// group that got the same number later.
func (p startedProcess) runs(folder string) bool {
	out, err := quietly(context.Background(), nil, "ps", "-axww", "-o", "pgid=,command=")
	if err != nil {
		return true
	}
	for line := range strings.Lines(out) {
		group, command, _ := strings.Cut(strings.TrimSpace(line), " ")
		if group == strconv.Itoa(p.pid) && strings.Contains(command, folder) {
			return true
		}
	}
	return false
}
