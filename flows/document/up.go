package document

// Up is the document of `up` when the server is ready. RunsIn is docker, podman or java, Stop the command that ends it.
type Up struct {
	URL           string `json:"url"`
	Version       string `json:"version"`
	AdminUser     string `json:"admin_user"`
	AdminPassword string `json:"admin_password"`
	RunsIn        string `json:"runs_in"`
	Stop          string `json:"stop"`
}

// UpStops is the document of `up --stop`.
type UpStops struct {
	Stopped []UpStopped `json:"stopped"`
	Error   *Error      `json:"error,omitempty"`
}

// UpStopped is a server that was ended.
type UpStopped struct {
	URL     string `json:"url"`
	Version string `json:"version"`
}
