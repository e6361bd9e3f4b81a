package server

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// runs reports whether the process group has a process whose command line names the folder: that tells it from another
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
		// After the name in parentheses, which may hold anything: state, parent, group, ... number of threads.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		const state, group, threads = 0, 2, 17
		if len(fields) <= threads || fields[group] != strconv.Itoa(p.pid) || fields[state] == "Z" && fields[threads] == "1" {
			continue
		}
		// One that is about to end has lost its command line already, but not its port.
		line, err := os.ReadFile("/proc/" + d.Name() + "/cmdline") // #nosec G304 -- a number
		if err == nil && (len(line) == 0 || bytes.Contains(line, []byte(folder))) {
			return true
		}
	}
	return false
}
