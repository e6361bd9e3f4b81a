//go:build unix

package audit

import (
	"encoding/json"
	"encoding/xml"
	"regexp"
	"strings"
	"testing"
)

// asGitHub looks at what GitHub requires of SARIF, as its documentation says, beside the schema: it shows no result without these.
func asGitHub(t *testing.T, text []byte) {
	t.Helper()
	var log map[string]any
	if err := json.Unmarshal(text, &log); err != nil {
		t.Fatal(err)
	}
	// at is what stands at a path; an empty text or list is as bad as none.
	at := func(in any, path string) any {
		t.Helper()
		value := in
		for name := range strings.SplitSeq(path, ".") {
			if list, is := value.([]any); is && len(list) > 0 {
				value = list[0]
			}
			object, _ := value.(map[string]any)
			value = object[name]
		}
		if list, is := value.([]any); value == nil || value == "" || is && len(list) == 0 {
			t.Fatalf("no %s in %v", path, in)
		}
		return value
	}
	for path, want := range map[string]string{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs.tool.driver.name": "fix403"} {
		if got := at(log, path); got != want {
			t.Errorf("%s is %v", path, got)
		}
	}
	levels := regexp.MustCompile("^(note|warning|error)$")
	var ids []string
	for _, rule := range at(log, "runs.tool.driver.rules").([]any) {
		for _, path := range []string{"shortDescription.text", "fullDescription.text", "help.text"} {
			if words := at(rule, path).(string); len(words) > 1024 {
				t.Errorf("%s is too long: %s", path, words)
			}
		}
		if level := at(rule, "defaultConfiguration.level").(string); !levels.MatchString(level) {
			t.Errorf("level %s", level)
		}
		ids = append(ids, at(rule, "id").(string))
	}
	relative, hashes := regexp.MustCompile(`^realms/[^/ ]+/[^/ ]+/[^/ ]+$`), map[any]bool{}
	for _, result := range at(log, "runs.results").([]any) {
		hash, uri, level := at(result, "partialFingerprints.primaryLocationLineHash"), at(result, "locations.physicalLocation.artifactLocation.uri").(string), at(result, "level").(string)
		if hashes[hash] || !relative.MatchString(uri) || !levels.MatchString(level) || ids[int(at(result, "ruleIndex").(float64))] != at(result, "ruleId") {
			t.Errorf("%v", result)
		}
		hashes[hash] = true
		for _, path := range []string{"startLine", "startColumn", "endLine", "endColumn"} {
			at(result, "locations.physicalLocation.region."+path)
		}
		at(result, "message.text")
	}
}

// asJenkins looks at what the schema of Jenkins's xUnit plugin requires of a suite and its cases.
func asJenkins(t *testing.T, text []byte) {
	t.Helper()
	var suite struct {
		XMLName xml.Name   `xml:"testsuite"`
		Attrs   []xml.Attr `xml:",any,attr"`
		Cases   []struct {
			Name string `xml:"name,attr"`
		} `xml:"testcase"`
	}
	if err := xml.Unmarshal(text, &suite); err != nil {
		t.Fatal(err)
	}
	has := map[string]string{}
	for _, a := range suite.Attrs {
		has[a.Name.Local] = a.Value
	}
	for _, name := range []string{"name", "tests", "failures", "errors"} {
		if has[name] == "" {
			t.Errorf("the suite lacks %s: %v", name, has)
		}
	}
	for _, c := range suite.Cases {
		if c.Name == "" {
			t.Errorf("a case without a name")
		}
	}
}
