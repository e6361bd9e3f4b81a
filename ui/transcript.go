package ui

import (
	"errors"
	"io/fs"
	"os"

	"fix403/flows"
)

// transcriptFiles are where the transcript is saved, in the working directory.
var transcriptFiles = []struct {
	name string
	draw func(*flows.Story) (string, error)
}{
	{"fix403-transcript.html", flows.HTML},
	{"fix403-transcript.md", flows.Markdown},
}

// saveTranscript never overwrites: a file of this name may be somebody's own.
func (s *session) saveTranscript() Nav {
	for _, file := range transcriptFiles {
		if _, err := os.Lstat(file.name); err == nil {
			return complain("There is a file " + file.name + " already. It was left as it is, and nothing was saved.")
		}
	}
	for _, file := range transcriptFiles {
		text, err := file.draw(s.story)
		if err == nil {
			err = writeNew(file.name, text)
		}
		if err != nil {
			return complain("The transcript was not saved: " + err.Error())
		}
	}
	return say("Saved as fix403-transcript.html and .md: all that was sent and answered, with secrets masked.")
}

func writeNew(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fs.FileMode(0o644)) // #nosec G302 G304 -- one of our names; masked, and for others to read
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
