package document

// Audit is the document of `audit`.
type Audit struct {
	Realm      string         `json:"realm"`
	Version    string         `json:"version"`
	Accounts   int            `json:"accounts"` // that hold roles of the admin API
	Findings   []AuditFinding `json:"findings"` // the most severe first
	NotChecked []string       `json:"not_checked,omitempty"`
	Warnings   []string       `json:"warnings,omitempty"`
}

// AuditFinding is something that an account should not have, or lacks. ID is that of the rule; the kind of the account can be realm and client
// as well. Commands are the fix for a shell, and Sources where what the reason says of Keycloak was measured, or is documented.
type AuditFinding struct {
	ID        string   `json:"id"`
	Severity  string   `json:"severity"`
	Account   Caller   `json:"account"`
	Reason    string   `json:"reason"`
	Evidence  []string `json:"evidence"`
	Fix       string   `json:"fix"`
	Commands  []string `json:"commands,omitempty"`
	Certainty string   `json:"certainty"`
	Sources   []string `json:"sources,omitempty"`
}

// SARIF is a log of findings in the Static Analysis Results Interchange Format 2.1.0.
type SARIF struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []SARIFRun `json:"runs"`
}

// SARIFRun is one run of a tool.
type SARIFRun struct {
	Tool struct {
		Driver SARIFDriver `json:"driver"`
	} `json:"tool"`
	Results []SARIFResult `json:"results"`
}

// SARIFDriver is the tool, with its rules.
type SARIFDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version,omitempty"`
	Rules   []SARIFRule `json:"rules"`
}

// SARIFRule is what results have in common.
type SARIFRule struct {
	ID      string    `json:"id"`
	Short   SARIFText `json:"shortDescription"`
	Full    SARIFText `json:"fullDescription"`
	Help    SARIFText `json:"help"`
	Default struct {
		Level string `json:"level"`
	} `json:"defaultConfiguration"`
	Properties struct {
		Security string   `json:"security-severity,omitempty"`
		Tags     []string `json:"tags"`
	} `json:"properties"`
}

// SARIFText is a text.
type SARIFText struct {
	Text string `json:"text"`
}

// SARIFResult is a finding. The location is the account: there is no file.
type SARIFResult struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Level        string            `json:"level"`
	Message      SARIFText         `json:"message"`
	Locations    []SARIFLocation   `json:"locations"`
	Fingerprints map[string]string `json:"partialFingerprints"`
	Properties   map[string]string `json:"properties"`
}

// SARIFLocation is where a finding is. Some readers show nothing without a physical one, so the account has a path of its own.
type SARIFLocation struct {
	Physical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region SARIFRegion `json:"region"`
	} `json:"physicalLocation"`
	Logical []SARIFLogical `json:"logicalLocations"`
}

// SARIFRegion is a place in a file.
type SARIFRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn"`
}

// SARIFLogical is a place that is in no file.
type SARIFLogical struct {
	Name string `json:"fullyQualifiedName"`
	Kind string `json:"kind"`
}
