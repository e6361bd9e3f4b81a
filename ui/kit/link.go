package kit

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// TakesLinks reports whether a terminal is known to take hyperlinks (OSC 8): in others they may leave signs behind.
func TakesLinks(getenv func(string) string) bool {
	switch forced := getenv("FORCE_HYPERLINK"); {
	case forced != "":
		return forced != "0"
	case strings.HasPrefix(getenv("TERM"), "screen"), strings.HasPrefix(getenv("TERM"), "tmux"), getenv("TMUX") != "":
		return false
	}
	for _, set := range []string{"KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION", "GHOSTTY_RESOURCES_DIR", "WEZTERM_PANE", "DOMTERM"} {
		if getenv(set) != "" {
			return true
		}
	}
	if vte := getenv("VTE_VERSION"); len(vte) >= 4 && vte >= "5000" {
		return true
	}
	for _, known := range []string{"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby"} {
		if getenv("TERM_PROGRAM") == known {
			return true
		}
	}
	return getenv("TERM") == "foot" || getenv("TERM") == "alacritty" || getenv("TERM") == "xterm-kitty"
}

// Link returns text that leads to an address, where the terminal takes that. Where it does not, an address is there to be read.
func (t *Theme) Link(address, text string) string {
	if !t.Links || strings.ContainsAny(address, " \\\x1b\a") {
		return text
	}
	return ansi.SetHyperlink(address) + text + ansi.ResetHyperlink()
}
