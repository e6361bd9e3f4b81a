package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const noticeHead = `fix403
Copyright 2026 the authors of fix403

fix403 is licensed under the Apache License, Version 2.0: see LICENSE.

Its programs contain the modules below; which one is in which program is told by fix403.cdx.json, the bill of materials of a
release. An archive has their licences word by word in LICENCES.txt.
`

// copyrightLine is one that names who holds the rights; the licences themselves speak of copyright in other places.
var copyrightLine = regexp.MustCompile(`(?m)^[ \t]*(Copyright (?:\(c\) |© )?[0-9].*|Copyright (?:\(c\)|©) .*)$`)

// notice is the file NOTICE: what is linked into the programs of any platform, its licence, who holds the rights, and the notices
// that come with it, which the Apache License asks to be handed on.
func notice(ctx context.Context, root string) ([]byte, error) {
	linked := map[string]module{}
	for _, system := range []string{"linux", "darwin", "windows"} {
		modules, err := modulesOf(ctx, root, system, "./cmd/fix403")
		if err != nil {
			return nil, err
		}
		maps.Copy(linked, modules)
	}
	goroot, err := run(ctx, root, nil, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	linked["the Go standard library"] = module{Dir: strings.TrimSpace(string(goroot))}
	b := bytes.NewBufferString(noticeHead)
	for _, path := range slices.Sorted(maps.Keys(linked)) {
		dir := linked[path].Dir
		ids, err := licences(dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		texts, err := licenceFiles(dir)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(b, "\n%s\n  %s\n", path, strings.Join(ids, ", "))
		var holders []string
		for _, line := range copyrightLine.FindAllString(strings.Join(texts, "\n"), -1) {
			if line = strings.TrimSpace(line); !slices.Contains(holders, line) {
				holders = append(holders, line)
				fmt.Fprintf(b, "  %s\n", line)
			}
		}
		given, _ := os.ReadFile(filepath.Join(dir, "NOTICE")) // #nosec G304 -- in the module cache; most have none
		for line := range strings.Lines(string(given)) {
			b.WriteString(strings.TrimRight("  | "+strings.TrimRight(line, "\r\n"), " ") + "\n")
		}
	}
	return b.Bytes(), nil
}

// modulesOf are the modules by whose packages go builds others, which go's list takes as arguments.
func modulesOf(ctx context.Context, root, system string, arguments ...string) (map[string]module, error) {
	out, err := run(ctx, root, []string{"GOOS=" + system}, "go", append([]string{
		"list", "-deps", "-f",
		"{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}",
	}, arguments...)...)
	if err != nil {
		return nil, err
	}
	modules := map[string]module{}
	for line := range strings.Lines(string(out)) {
		if path, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			modules[path] = module{Path: path, Dir: dir}
		}
	}
	return modules, nil
}
