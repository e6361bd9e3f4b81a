//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// page is what was measured.
type page struct {
	machine           [][2]string
	keycloak          string
	stories           []*contender
	roles             []measured
	starts, versions  []time.Duration
	classes           []class
	loads             []load
	firstFrame        time.Duration
	keyMedian, keyP95 float64 // milliseconds
	screens           []screen
	idle              string
	size              int64
	modules           [][2]string // name and bytes
}

// thisMachine describes the machine, without its name.
func thisMachine(ctx context.Context) [][2]string {
	field := func(file, name string) string {
		text, _ := os.ReadFile(file) // #nosec G304 -- of the kernel
		for line := range strings.SplitSeq(string(text), "\n") {
			if k, v, _ := strings.Cut(line, ":"); strings.TrimSpace(k) == name {
				return strings.TrimSpace(v)
			}
		}
		return "unknown"
	}
	java, _ := exec.CommandContext(ctx, "java", "-version").CombinedOutput()
	first, _, _ := strings.Cut(string(java), "\n")
	return [][2]string{
		{"date", time.Now().UTC().Format(time.DateOnly)},
		{"processor", fmt.Sprintf("%s, %d cores", field("/proc/cpuinfo", "model name"), runtime.NumCPU())},
		{"memory", field("/proc/meminfo", "MemTotal")},
		{"system", runtime.GOOS + "/" + runtime.GOARCH},
		{"Go", runtime.Version()},
		{"Java", first},
	}
}

func ms(d time.Duration) string {
	v := float64(d.Microseconds()) / 1000
	if v < 10 {
		return fmt.Sprintf("%.2f ms", v)
	}
	return fmt.Sprintf("%.0f ms", v)
}

func mib(bytes int64) string { return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20)) }

func (p *page) write() string {
	var b strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&b, format+"\n", values...) }
	table := func(head ...string) {
		line("\n| %s |\n|%s", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	}
	row := func(cells ...any) {
		b.WriteString("|")
		for _, c := range cells {
			fmt.Fprintf(&b, " %v |", c)
		}
		b.WriteString("\n")
	}
	line("# Performance\n\nWritten by `.ci/bench` from one run, on a machine that did nothing else. It installs what it needs, starts a real Keycloak, and takes\n" +
		"about a quarter of an hour. Times depend on the machine; what CI holds on any machine are the requests of a story\n" +
		"(`flows/requests_test.go`), the size of the program (`cmd/release/size_test.go`) and the allocations of a story\n" +
		"(`flows/allocs_test.go`).")
	table("this run", "")
	for _, m := range p.machine {
		row(m[0], m[1])
	}
	row("Keycloak", p.keycloak+", development mode, on the same machine")

	ours, bare, kcadm := p.stories[0], p.stories[1], p.stories[len(p.stories)-1]
	middle := func(c *contender) time.Duration { return quantile(c.times, 0.5) }
	line("\n## The story, compared with other tools\n\nA realm, a client and a user are made, the call gets 403, the role is granted, the call gets 200, and the realm is removed: each\n"+
		"program as a process of its own, from its start to its end, on the same warm server, in turns (%d runs of each of the first\n"+
		"two, a third as many of the others, and %d of kcadm.sh). Memory is that of the largest process.\n"+
		"fix403 reads back all that it makes, tries the old token too, records each exchange and keeps a journal. The bare program makes the\n"+
		"same calls in the same order (`cmd/bench` compares them) with nothing around them; the others make as few calls as their\n"+
		"interfaces allow.", len(ours.times), len(kcadm.times))
	table("program", "median", "fastest", "90th percentile", "beside the bare program", "its own processor time", "memory", "requests", "connections")
	for _, c := range p.stories {
		row(c.name, ms(middle(c)), ms(slices.Min(c.times)), ms(quantile(c.times, 0.9)), fmt.Sprintf("%.2f", float64(middle(c))/float64(middle(bare))),
			ms(quantile(c.processor, 0.5)), mib(c.memory), c.requests, c.connections)
	}
	line("\nfix403 takes %.2f times what the bare program takes, and one part in %.0f of what kcadm.sh takes, which starts a Java for each command.\n"+
		"Nearly all of it is the server's own time: creating a realm is the most of it. Calls are made one after the other, over one\n"+
		"connection: the order is the lesson, and [decisions.md](decisions.md) explains what concurrent calls would save.", float64(middle(ours))/float64(middle(bare)), float64(middle(kcadm))/float64(middle(ours)))

	line("\n## Measuring the role matrix\n\n`fix403 roles --live`: every endpoint with every role. On the real server more connections help until its cores are busy; the\npractice server, in the same process, shows what the program itself takes.")
	table("server", "cores of fix403", "connections", "time")
	for _, m := range p.roles {
		name := "Keycloak " + p.keycloak
		if m.practice {
			name = "practice"
		}
		row(name, m.cores, m.connections, fmt.Sprintf("%.1f s", m.took.Seconds()))
	}

	within := 0
	for _, t := range p.starts {
		if t <= 50*time.Millisecond {
			within++
		}
	}
	line("\n## The practice server\n\nFrom the start of the process to its answer on `/realms/master`, which shows the realm's public key: an RSA key of 2048 bits, made\n"+
		"after the start, as each realm's are when they are first needed. How long one takes is chance. Of %d starts %d took 50 ms or less.", len(p.starts), within)
	table("", "")
	row("median", ms(quantile(p.starts, 0.5)))
	row("90th percentile", ms(quantile(p.starts, 0.9)))
	row("slowest", ms(slices.Max(p.starts)))
	line("\nA class: all learners run the whole story at the same time, in a realm of their own. The learners run on the same cores as the server; most of\nthe time goes into RSA keys, one for each realm.")
	table("learners", "time", "requests", "requests per second", "memory of the server, at most", "more than with one learner, for each")
	for _, c := range p.classes {
		more := "–"
		if first := p.classes[0]; c.learners > first.learners {
			more = fmt.Sprintf("%d KiB", (c.now-first.now)/int64(c.learners-first.learners)>>10)
		}
		row(c.learners, fmt.Sprintf("%.2f s", c.took.Seconds()), c.requests, fmt.Sprintf("%.0f", float64(c.requests)/c.took.Seconds()), mib(c.most), more)
	}
	line("\nReading one user (`GET /admin/realms/{realm}/users/{id}`, the token checked each time), the caller on the same cores:")
	table("connections", "requests per second")
	for _, l := range p.loads {
		row(l.connections, fmt.Sprintf("%.0f", l.perSecond))
	}

	line("\n## The program on a terminal")
	table("", "")
	row("`fix403 --version`, as a process", ms(quantile(p.versions, 0.5)))
	row("first frame of the wizard, as a process on a pseudo-terminal", ms(p.firstFrame))
	row("key to frame, 160x50: median", fmt.Sprintf("%.1f ms", p.keyMedian))
	row("key to frame, 160x50: 95th percentile", fmt.Sprintf("%.1f ms", p.keyP95))
	row("idle: each screen open for a minute, all together", p.idle)
	slowest := slices.MaxFunc(p.screens, func(a, b screen) int { return int(a.took - b.took) })
	line("\nDrawing each screen at 160x50, in colour; the slowest, %s, takes %s:", slowest.name, ms(slowest.took))
	table("screen", "View", "allocations")
	for _, s := range p.screens {
		row(s.name, ms(s.took), s.allocs)
	}

	line("\n## Size\n\nThe program for linux/amd64, as it is handed out, has %d bytes (%s). What each module brings as code and data, before\nthe table of symbols is left out (`go run ./cmd/release -sizes PROGRAM`):", p.size, mib(p.size))
	table("module", "bytes")
	for _, m := range p.modules {
		row(m[0], m[1])
	}
	return b.String()
}
