package shell

import (
	"slices"
	"strings"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
)

// Binding is a key and what it does. One table per screen feeds key handling, the footer and the help screen.
type Binding struct {
	// Keys as tea.KeyMsg names them, the one to show first. One of a single character is a command only while no text
	// field has the focus.
	Keys     []string
	Label    texts.Text            // in the footer; "" keeps it out of there
	Help     texts.Text            // in the help screen
	Of       string                // what Help is about, where it has a %s
	Disabled func() string         // why the key does nothing now; "" or nil when it works
	Do       func() (tea.Cmd, Nav) // nil for keys that only have to be listed
}

// ScrollKeys are the keys that scroll by lines and by pages; label and page stand in the footer. scroll does it, and is given
// the key's name.
func ScrollKeys(label, page texts.Text, scroll func(key string) func() (tea.Cmd, Nav)) []Binding {
	return append([]Binding{
		{Keys: []string{"down"}, Label: label, Help: "scroll", Do: scroll("down")},
		{Keys: []string{"up"}, Help: "scroll", Do: scroll("up")},
	}, PageKeys(page, scroll)...)
}

// PageKeys are the keys that scroll by pages.
func PageKeys(page texts.Text, scroll func(key string) func() (tea.Cmd, Nav)) []Binding {
	return []Binding{
		{Keys: []string{"pgdown"}, Label: page, Help: "scroll a page", Do: scroll("pgdown")},
		{Keys: []string{"pgup"}, Help: "scroll a page back", Do: scroll("pgup")},
	}
}

// Text is what the key does, in words.
func (b Binding) Text() msg.Message {
	if b.Of != "" {
		return msg.New(b.Help, b.Of)
	}
	return msg.New(b.Help)
}

// Reason says why the key does nothing now, "" when it works.
func (b Binding) Reason() string {
	if b.Disabled == nil {
		return ""
	}
	return b.Disabled()
}

// usable returns the keys that work while a text field has the focus or has not.
func (b Binding) usable(typing bool) []string {
	if !typing {
		return b.Keys
	}
	return sift.Out(b.Keys, func(k string) bool { return utf8.RuneCountInString(k) == 1 })
}

// name is the key as footer and help show it.
func (b Binding) name(p *texts.Printer, typing bool) string {
	keys := b.usable(typing)
	if len(keys) == 0 {
		return ""
	}
	return KeyName(p, keys[0])
}

// KeyName is a key as footer, help and docs/keys.md show it.
func KeyName(p *texts.Printer, k string) string {
	switch {
	case k == " ":
		return p.T("space")
	case k == "up":
		return "↑"
	case k == "down":
		return "↓"
	case k == "left":
		return "←"
	case k == "right":
		return "→"
	case k == "pgdown":
		return p.T("PgDn")
	case k == "pgup":
		return p.T("PgUp")
	case strings.HasPrefix(k, "ctrl+"):
		return "^" + strings.ToUpper(k[len("ctrl+"):])
	case len(k) > 1 && k[0] == 'f' && k[1] >= '0' && k[1] <= '9':
		return strings.ToUpper(k)
	}
	return k
}

// Find returns the binding of a key.
func Find(table []Binding, key string, typing bool) (Binding, bool) {
	for _, b := range table {
		if b.Do != nil && slices.Contains(b.usable(typing), key) {
			return b, true
		}
	}
	return Binding{}, false
}

// listed reports whether a table has a key, even if the screen takes it by itself.
func listed(table []Binding, key string) bool {
	return slices.ContainsFunc(table, func(b Binding) bool { return slices.Contains(b.Keys, key) })
}
