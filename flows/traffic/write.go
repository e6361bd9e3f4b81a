package traffic

import (
	"encoding/json"
	"io"
	"time"
)

// The first line of our own recordings: {"recording": "fix403", "version": 1}.
const (
	headerField   = "recording"
	headerValue   = "fix403"
	formatVersion = 1
)

// Writer writes a recording in our own format: a line that says so, and a JSON object for each call.
type Writer struct{ to *json.Encoder }

// header is the first line.
type header struct {
	Recording string `json:"recording"`
	Version   int    `json:"version"`
}

// line is a call.
type line struct {
	Time   time.Time `json:"time,omitzero"`
	Client string    `json:"client"`
	Realm  string    `json:"realm"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Status int       `json:"status"`
}

// NewWriter begins a recording.
func NewWriter(to io.Writer) (*Writer, error) {
	w := &Writer{json.NewEncoder(to)}
	w.to.SetEscapeHTML(false)
	return w, w.to.Encode(header{headerValue, formatVersion})
}

// Write adds a call, whose path may be a whole URL. What is no call of the admin API is left out, and so is what could be secret.
func (w *Writer) Write(c Call) error {
	if !c.clean(c.Path) {
		return nil
	}
	return w.to.Encode(line{c.Time.UTC(), name(c.Client), name(c.Realm), c.Method, c.Path, c.Status})
}
