package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"runtime"
)

// provenance says from what a release was made, as an in-toto statement with SLSA's predicate (slsa.dev/spec/v1.0/provenance): what a
// signing tool takes as it is. Nobody has signed it, and it holds no time, so that anyone who builds the commit again gets the same.
func provenance(commit, base string, targets []string, modules []module, products []file) ([]byte, error) {
	type digest map[string]string
	type resource struct {
		Name   string `json:"name,omitempty"`
		URI    string `json:"uri,omitempty"`
		Digest digest `json:"digest,omitempty"`
	}
	var subjects []resource
	for _, p := range products {
		subjects = append(subjects, resource{Name: p.path, Digest: digest{"sha256": fmt.Sprintf("%x", sha256.Sum256(p.data))}})
	}
	from := []resource{{Name: "source", URI: base, Digest: digest{"gitCommit": commit}}}
	for _, m := range modules {
		r := resource{URI: newComponent("library", m).PURL}
		if m.Sum != "" {
			r.Digest = digest{"goModuleH1": m.Sum}
		}
		from = append(from, r)
	}
	text, err := json.MarshalIndent(map[string]any{
		"_type": "https://in-toto.io/Statement/v1", "subject": subjects, "predicateType": "https://slsa.dev/provenance/v1",
		"predicate": map[string]any{
			"buildDefinition": map[string]any{
				"buildType":            base + "/release/v1", // what it means: docs/dependencies.md
				"externalParameters":   map[string]any{"targets": targets, "url": base},
				"internalParameters":   map[string]any{"go": runtime.Version(), "flags": buildFlags},
				"resolvedDependencies": from,
			},
			"runDetails": map[string]any{"builder": map[string]any{"id": base + "/release"}},
		},
	}, "", "  ")
	return append(text, '\n'), err
}
