package words

import (
	"strings"
	"time"
)

// Words a minute of a person who explains to an audience, and what a look at a new picture takes.
const (
	wordsPerMinute = 150
	firstLook      = 2 * time.Second
)

// Pace is how long a caption stays at speaking pace.
func Pace(caption string) time.Duration {
	return firstLook + time.Duration(len(strings.Fields(caption)))*time.Minute/wordsPerMinute
}
