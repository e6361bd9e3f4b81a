package main

import (
	"cmp"
	"context"
	"debug/elf"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// buildFlags are those of a plain stripped build, the same on every machine. HTTP/2, which the program does not speak, is left out.
var buildFlags = []string{"-trimpath", "-buildvcs=true", "-tags=nethttpomithttp2", "-ldflags=-s -w"}

// maxSize is the most that the program for linux/amd64 may take, in bytes.
const maxSize = 16 << 20

// ofSymbol is the package of a symbol, as far as its name tells.
var ofSymbol = regexp.MustCompile(`^(?:type:\.?(?:eq|hash)?\.?|go:itab\.)?\**((?:[\w.%-]+/)*[\w%-]+)\.`)

// sizeReport says how many bytes of code and data each module brings to a program for Linux, the largest first. The tables of the run-time, such
// as those for stack traces, are no symbols: they make about a third of a program, in proportion to its code.
func sizeReport(ctx context.Context, w io.Writer, program string) error {
	modules, err := linkedInto(ctx, program)
	if err != nil {
		return err
	}
	f, err := elf.Open(program)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	symbols, err := f.Symbols()
	if err != nil {
		return err
	}
	sizes := map[string]int{}
	for _, symbol := range symbols {
		if int(symbol.Section) >= len(f.Sections) || f.Sections[symbol.Section].Type == elf.SHT_NOBITS {
			continue // zeroed memory is not in the file
		}
		name := strings.ReplaceAll(symbol.Name, "%2e", ".")
		pkg := "std"
		if found := ofSymbol.FindStringSubmatch(name); found != nil {
			pkg = found[1]
		}
		sizes[moduleOf(pkg, modules)] += int(symbol.Size) // #nosec G115 -- of a part of a file
	}
	for _, name := range slices.SortedFunc(maps.Keys(sizes), func(a, b string) int { return cmp.Compare(sizes[b], sizes[a]) }) {
		if _, err := fmt.Fprintf(w, "%9d %s\n", sizes[name], name); err != nil {
			return err
		}
	}
	return nil
}

// moduleOf is the module that a package belongs to; packages of fix403 are their own.
func moduleOf(pkg string, modules []module) string {
	if pkg == "main" {
		return "fix403/cmd/fix403"
	}
	if strings.HasPrefix(pkg, "fix403/") {
		return pkg
	}
	for _, m := range modules {
		if pkg == m.Path || strings.HasPrefix(pkg, m.Path+"/") {
			return m.Path
		}
	}
	return "std"
}
