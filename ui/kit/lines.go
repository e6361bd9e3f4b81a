package kit

import (
	"net/url"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"fix403/flows/story"
	"fix403/flows/versions"
	"fix403/keycloak/msg"
	"fix403/ui/words"
)

// ValidFor is how long a token is still valid. What has expired does not change any more.
func ValidFor(expires, now time.Time) msg.Message {
	switch d := expires.Sub(now).Round(time.Second); {
	case expires.IsZero():
		return msg.New("never expires")
	case d <= 0:
		return msg.New("expired at %s", ClockTime(expires))
	default:
		return msg.New("valid for %s more", d)
	}
}

// ClockTime is a time of day in UTC.
func ClockTime(at time.Time) msg.Message {
	if at.IsZero() {
		return msg.New("unknown")
	}
	return msg.Verbatim(at.UTC().Format("15:04:05") + " UTC")
}

// OrNone joins a list, or says that it is empty.
func OrNone(list []string) msg.Message {
	if len(list) == 0 {
		return msg.New("none")
	}
	return msg.Verbatim(strings.Join(list, ", "))
}

// ShortID is the beginning of an id.
func ShortID(id string) string {
	if len(id) > 8 {
		return id[:8] + "…"
	}
	return id
}

// ProgressBar shows how much of something is done, by signs and in numbers.
func ProgressBar(t *Theme, done, all, width int) string {
	text := t.T(" %d of %d", done, all)
	width = max(4, width-ansi.StringWidth(text))
	full := done * width / max(1, all)
	return t.Good.Render(strings.Repeat(t.Glyphs.full, full)) + t.Dim.Render(strings.Repeat(t.Glyphs.empty, width-full)) + text
}

// Truncate cuts lines to a number, with an ellipsis where something is missing.
func Truncate(lines []string, most int) []string {
	if len(lines) <= most {
		return lines
	}
	lines = lines[:most:most]
	lines[most-1] += "…"
	return lines
}

// ElideMiddle cuts a path in its middle: its end tells the most.
func ElideMiddle(path string, width int) string {
	over := ansi.StringWidth(path) - width
	if over <= 0 || width < 8 {
		return words.Fit(path, width)
	}
	begin := width / 3
	return ansi.Truncate(path, begin, "") + "…" + ansi.TruncateLeft(path, begin+over+1, "")
}

// ServerName names the server of a story or a lab.
func ServerName(st *story.State) msg.Message {
	switch {
	case st.Practice:
		return PracticeServer(st.As)
	case st.Version != "":
		return msg.Verbatim(words.Line(Host(st.URL)) + ", " + words.Line(st.Version))
	}
	return msg.Verbatim(words.Line(Host(st.URL)))
}

// PracticeServer names the practice server as a version. It is shorter where more is to be said of the version.
func PracticeServer(version string) msg.Message {
	if !versions.Measured(version) {
		return versions.Name(version)
	}
	return msg.New("practice server, as %s", version)
}

// Host returns the host of a URL, or the text itself where there is none.
func Host(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Host != "" {
		return u.Host
	}
	return raw
}

// ManualLines are the commands by hand.
func ManualLines(t *Theme, title, how, commands string, width int) []string {
	out := append(t.Lines(t.Heading, t.T("%s, by hand", title), width), t.Lines(t.Dim, how, width)...)
	return append(append(out, ""), words.Shell(words.Clean(commands), width)...)
}
