//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// screen is what drawing a screen at 160x50 takes.
type screen struct {
	name   string
	took   time.Duration
	allocs int
}

var (
	benchLine = regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)
	idleLine  = regexp.MustCompile(`\d+ screens took \S+ of processor time in \S+`)
)

// drawScreens runs the benchmarks of package ui, and the test that looks at idle screens, for a minute.
func (p *page) drawScreens(ctx context.Context, o *options) error {
	say("the wizard's screens")
	version := func() (time.Duration, error) {
		begin := time.Now()
		err := command(ctx, ".", o.program, "--version")
		return time.Since(begin), err
	}
	for range 3 * o.runs {
		took, err := version()
		if err != nil {
			return err
		}
		p.versions = append(p.versions, took)
	}
	for _, b := range [][2]string{{"FirstFrame", "40x"}, {"KeyToFrame", "300x"}, {"Screen", "100x"}} {
		out, err := output(ctx, ".", "go", "test", "./ui", "-run", "^$", "-bench", "^Benchmark"+b[0]+"$", "-benchtime", b[1])
		if err != nil {
			return err
		}
		found := benchLine.FindAllStringSubmatch(string(out), -1)
		if len(found) == 0 {
			return fmt.Errorf("no benchmark %s in\n%s", b[0], out)
		}
		for _, m := range found {
			values := valuesOf(m[2])
			switch name, sub, _ := strings.Cut(m[1], "/"); name {
			case "FirstFrame":
				p.firstFrame = time.Duration(values["ns/op"])
			case "KeyToFrame":
				p.keyMedian, p.keyP95 = values["ms-median"], values["ms-p95"]
			default:
				p.screens = append(p.screens, screen{strings.ReplaceAll(sub, "_", " "), time.Duration(values["ns/op"]), int(values["allocs/op"])})
			}
		}
	}
	say("idle screens, for a minute")
	if err := os.Setenv("FIX403_TEST", "long"); err != nil {
		return err
	}
	out, err := output(ctx, ".", "go", "test", "./ui", "-run", "^TestIdleScreensRest$", "-v", "-count=1")
	if err != nil {
		return err
	}
	if p.idle = idleLine.FindString(string(out)); p.idle == "" {
		return fmt.Errorf("no idle screens in\n%s", out)
	}
	return nil
}

// valuesOf reads the figures of a line of a benchmark, by their units.
func valuesOf(line string) map[string]float64 {
	values := map[string]float64{}
	fields := strings.Fields(line)
	for i := 0; i+1 < len(fields); i += 2 {
		if v, err := strconv.ParseFloat(fields[i], 64); err == nil {
			values[fields[i+1]] = v
		}
	}
	return values
}

// weigh asks how large the program is, and what makes it so.
func (p *page) weigh(ctx context.Context, o *options) error {
	info, err := os.Stat(o.program)
	if err != nil {
		return err
	}
	p.size = info.Size()
	whole := filepath.Join(filepath.Dir(o.program), "fix403-whole") // with its symbols
	if err := command(ctx, ".", "go", "build", "-o", whole, "./cmd/fix403"); err != nil {
		return err
	}
	out, err := output(ctx, ".", "go", "run", "./cmd/release", "-sizes", whole)
	if err != nil {
		return err
	}
	for line := range strings.SplitSeq(string(out), "\n") {
		if fields := strings.Fields(line); len(fields) == 2 && len(p.modules) < 12 {
			p.modules = append(p.modules, [2]string{fields[1], fields[0]})
		}
	}
	return nil
}
