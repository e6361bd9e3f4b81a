package server

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// runs tells whether the process group has a process whose command line names the folder: that tells it from another
// group that got the same number later, and from processes that ended and were not waited for.
func (p startedProcess) runs(folder string) bool {
	processes, err := os.ReadDir("/proc")
	if err != nil {
		return true
	}
	for _, d := range processes {
		if _, err := strconv.Atoi(d.Name()); err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + d.Name() + "/stat") // #nosec G304 -- a number
		if err != nil {
			continue
		}
		// After the name in parentheses, which may hold anything: state, parent, group.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) < 3 || fields[2] != strconv.Itoa(p.pid) {
			continue
		}
		if line, err := os.ReadFile("/proc/" + d.Name() + "/cmdline"); err == nil && bytes.Contains(line, []byte(folder)) { // #nosec G304 -- a number
			return true
		}
	}
	return false
}
