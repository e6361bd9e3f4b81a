package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// What a CycloneDX document holds of the programs; it has neither time nor random number, so that it is reproducible, too.
type (
	bill struct {
		Format     string      `json:"bomFormat"`
		Spec       string      `json:"specVersion"`
		Version    int         `json:"version"`
		Metadata   metadata    `json:"metadata"`
		Components []component `json:"components"`
	}
	metadata struct {
		Component component `json:"component"`
	}
	component struct {
		Type       string          `json:"type"`
		Ref        string          `json:"bom-ref"`
		Name       string          `json:"name"`
		Version    string          `json:"version"`
		PURL       string          `json:"purl"`
		Licenses   []licenseChoice `json:"licenses,omitempty"`
		Properties []property      `json:"properties,omitempty"`
	}
	licenseChoice struct {
		License licenseID `json:"license"`
	}
	licenseID struct {
		ID string `json:"id"`
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
)

// module is one that go knows; Dir is its folder in the module cache.
type module struct{ Path, Version, Sum, Dir string }

// linkedInto are the modules of which programs are made, sorted, the standard library among them as std.
func linkedInto(ctx context.Context, programs ...string) ([]module, error) {
	linked := map[string]module{}
	for _, program := range programs {
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			return nil, err
		}
		for _, m := range info.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			linked[m.Path+"@"+m.Version] = module{Path: m.Path, Version: m.Version, Sum: m.Sum}
		}
		linked["std"] = module{Path: "std", Version: strings.TrimPrefix(info.GoVersion, "go")}
	}
	var modules []module
	for _, key := range slices.Sorted(maps.Keys(linked)) {
		m := linked[key]
		ask := []string{"list", "-m", "-f", "{{.Dir}}", m.Path}
		if m.Path == "std" {
			ask = []string{"env", "GOROOT"}
		}
		dir, err := run(ctx, ".", nil, "go", ask...)
		if err != nil {
			return nil, err
		}
		m.Dir = strings.TrimSpace(string(dir))
		modules = append(modules, m)
	}
	return modules, nil
}

// billOf reads out of the programs which modules were linked into them, and from the module cache their licences.
func billOf(ctx context.Context, programs []string) ([]byte, error) {
	b := bill{Format: "CycloneDX", Spec: "1.6", Version: 1}
	modules, err := linkedInto(ctx, programs...)
	if err != nil {
		return nil, err
	}
	for _, program := range programs {
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			return nil, err
		}
		b.Metadata.Component = newComponent("application", module{Path: info.Main.Path, Version: info.Main.Version})
	}
	for _, m := range modules {
		c := newComponent("library", m)
		ids, err := licences(m.Dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Path, err)
		}
		if m.Sum != "" {
			c.Properties = []property{{"go.sum", m.Sum}}
		}
		for _, id := range ids {
			c.Licenses = append(c.Licenses, licenseChoice{licenseID{id}})
		}
		b.Components = append(b.Components, c)
	}
	text, err := json.MarshalIndent(b, "", "  ")
	return append(text, '\n'), err
}

// licenceTexts are the licences of what is linked into a program, word by word: they ask to be handed out with it.
func licenceTexts(ctx context.Context, program string) ([]byte, error) {
	modules, err := linkedInto(ctx, program)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, m := range modules {
		texts, err := licenceFiles(m.Dir)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "==== %s %s\n\n", m.Path, m.Version)
		for _, text := range texts {
			b.WriteString(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) + "\n\n")
		}
		if len(texts) == 0 {
			ids, err := licences(m.Dir)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.Path, err)
			}
			fmt.Fprintf(&b, "%s, as its README says.\n\n", strings.Join(ids, ", "))
		}
	}
	return b.Bytes(), nil
}

func newComponent(kind string, m module) component {
	purl := "pkg:golang/" + strings.ToLower(m.Path) + "@" + strings.ReplaceAll(m.Version, "+", "%2B")
	return component{Type: kind, Ref: purl, Name: m.Path, Version: m.Version, PURL: purl}
}

// known tells licences by sentences that only they have. What is not found here has to be looked at by hand.
var known = []struct {
	id   string
	text *regexp.Regexp
}{
	{"GPL or LGPL or AGPL", regexp.MustCompile(`(?i)GNU (Lesser |Affero |Library )?General Public License`)},
	{"MPL-2.0", regexp.MustCompile(`(?i)Mozilla Public License`)},
	{"Apache-2.0", regexp.MustCompile(`Apache License,? Version 2\.0`)},
	{"MIT", regexp.MustCompile(`Permission is hereby granted, free of charge, to any person obtaining a copy`)},
	{"ISC", regexp.MustCompile(`Permission to use, copy, modify, and(/or)? distribute this software for any purpose with or without fee`)},
	{"BSD-3-Clause", regexp.MustCompile(`Redistribution and use in source and binary forms.*(Neither the name|may not be used to endorse)`)},
	{"BSD-2-Clause", regexp.MustCompile(`Redistribution and use in source and binary forms`)},
}

var (
	licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense)([.-].*)?$`)
	// readmeLicence is how a module without such a file says it (github.com/mattn/go-localereader).
	readmeLicence = regexp.MustCompile(`(?m)^#+ License\s+(MIT|Apache-2\.0|BSD-[23]-Clause)\s*$`)
)

// licenceFiles are the texts of the licence files in a module's folder.
func licenceFiles(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, e := range entries {
		if e.IsDir() || !licenceFile.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, e.Name())) // #nosec G304 -- in the module cache
		if err != nil {
			return nil, err
		}
		texts = append(texts, string(text))
	}
	return texts, nil
}

// licences returns those in a module's folder, sorted.
func licences(folder string) ([]string, error) {
	texts, err := licenceFiles(folder)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, text := range texts {
		found := licencesIn(text)
		if len(found) == 0 {
			return nil, fmt.Errorf("a licence in %s is not known here", folder)
		}
		ids = append(ids, found...)
	}
	if len(ids) == 0 {
		readme, _ := os.ReadFile(filepath.Join(folder, "README.md")) // #nosec G304 -- in the module cache
		if found := readmeLicence.FindSubmatch(readme); found != nil {
			return []string{string(found[1])}, nil
		}
		return nil, errors.New("it has no licence file")
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

func licencesIn(text string) []string {
	text = strings.Join(strings.Fields(text), " ")
	var ids []string
	for _, l := range known {
		if l.id == "BSD-2-Clause" && slices.Contains(ids, "BSD-3-Clause") {
			continue
		}
		if l.text.MatchString(text) {
			ids = append(ids, l.id)
		}
	}
	return ids
}
