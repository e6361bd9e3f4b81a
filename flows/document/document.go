// Package document has the JSON documents that the commands print. Their names are a contract with scripts, classrooms and
// CI: a field may be added, none renamed or removed. Texts in them are English, whatever the language. A field marked omitempty
// is absent where there is nothing to say.
package document

// Error is why something failed, in the document of a command and, for `run`, in the step too.
type Error struct {
	Kind    string `json:"kind"` // such as admin-refused or usage; "unexpected" where nothing fits
	Message string `json:"message"`
	Hint    string `json:"hint"` // what to do; "" for nothing
}

// Failure is the document of a command that failed before it had one of its own.
type Failure struct {
	Error    *Error   `json:"error"`
	Warnings []string `json:"warnings,omitempty"`
}

// Tool names the program.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Server names the server; Version is null where it does not tell. Measured is false where the practice server answers as a
// version that nobody measured, as documented; otherwise it is absent.
type Server struct {
	URL      string  `json:"url"`
	Version  *string `json:"version"`
	Practice bool    `json:"practice"`
	Measured *bool   `json:"measured,omitempty"`
}

// ServerOf returns the server of an address; version is "" where it does not tell.
func ServerOf(url, version string, practice bool) Server {
	s := Server{URL: url, Practice: practice}
	if version != "" {
		s.Version = &version
	}
	return s
}

// Version is the document of `version`; Commit is "" when the build does not know it.
type Version struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}
