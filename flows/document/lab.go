package document

// Lab is the document of `lab` with experiments.
type Lab struct {
	Tool        Tool      `json:"tool"`
	Server      Server    `json:"server"`
	Experiments []Outcome `json:"experiments"`
	Warnings    []string  `json:"warnings,omitempty"`
	Error       *Error    `json:"error,omitempty"`
}

// Outcome is what came of an experiment. Expected is null where the version was not measured; Result is as-expected, different
// or not-measured.
type Outcome struct {
	ID       string  `json:"id"`
	Gate     string  `json:"gate"`
	Expected *string `json:"expected"`
	Observed string  `json:"observed"`
	Result   string  `json:"result"`
	// Certainty is how the answer is known of the server's version: measured, likely (the measured versions before and after it answer the
	// same), differing (they do not), outside (it is older or newer than all that were measured, or unknown) or documented.
	Certainty string        `json:"certainty"`
	Known     []KnownAnswer `json:"known"`
}

// KnownAnswer is what a version was measured to answer, or is documented to answer since it.
type KnownAnswer struct {
	Version string `json:"version"`
	Answer  string `json:"answer"`
	Same    bool   `json:"same"` // as what was observed
}

// Experiments is the document of `lab` without experiments: the list of them.
type Experiments struct {
	Experiments []Experiment `json:"experiments"`
}

// Experiment is an entry of the list of experiments.
type Experiment struct {
	ID    string `json:"id"`
	Gate  string `json:"gate"`
	Title string `json:"title"`
}
