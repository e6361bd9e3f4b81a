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
