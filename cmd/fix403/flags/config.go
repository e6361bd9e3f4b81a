package flags

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
	"github.com/spf13/pflag"

	"fix403/keycloak/foreign"
)

// maxConfig is the largest configuration file that is read; all flags together have not a hundredth of that.
const maxConfig = 64 << 10

// environment are the variables that a flag may come from.
var environment = map[string]string{
	"url": "FIX403_URL", "admin-user": "FIX403_ADMIN_USER", "admin-client-id": "FIX403_ADMIN_CLIENT_ID",
}

// kinds are the values that flags take, by their types.
var kinds = map[string]string{"bool": "true or false", "duration": "a time such as 30s", "string": "a text"}

// fillIn sets the flags that were not given: from the environment, then from the configuration file. It leaves the server
// alone where --practice says which one.
func fillIn(f *pflag.FlagSet, practice *bool, getenv func(string) string) error {
	config, err := readConfig(getenv)
	if err != nil {
		return err
	}
	var firstErr error
	f.VisitAll(func(flag *pflag.Flag) {
		if flag.Changed || firstErr != nil {
			return
		}
		value, from := "", ""
		if name := environment[flag.Name]; name != "" && getenv(name) != "" {
			value, from = getenv(name), name
		} else if v, ok := config[flag.Name]; ok {
			value, from = v.text, "the configuration file"
			if !v.plain {
				firstErr = Usage("Give it one value.", "the configuration file has a list or a table for %s", flag.Name)
				return
			}
		}
		if from == "" || *practice && slices.Contains([]string{"url", "admin-user", "admin-client-id"}, flag.Name) {
			return
		}
		if err := flag.Value.Set(value); err != nil {
			// The value is not repeated: it may be a secret in the wrong place.
			firstErr = Usage("Correct it there.", "%s has a bad value for %s, which is %s", from, flag.Name, kinds[flag.Value.Type()])
		}
	})
	return firstErr
}

// readConfig reads $XDG_CONFIG_HOME/fix403/config.toml; its keys are the flags' names. Secrets are refused there.
func readConfig(getenv func(string) string) (map[string]configured, error) {
	dir := getenv("XDG_CONFIG_HOME")
	if dir == "" {
		var err error
		if dir, err = os.UserConfigDir(); err != nil {
			return nil, nil //nolint:nilerr // no home, no configuration
		}
	}
	path := filepath.Join(dir, "fix403", "config.toml")
	text, err := foreign.ReadOwn(path, maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, Usage("Correct it, or move it away.", "the configuration file cannot be read: %v", err)
	}
	config, line := parseConfig(text)
	if line > 0 {
		// Not the parser's own words: they quote what stands there, which may be a secret in the wrong place.
		return nil, Usage(`Write name = "value", with the quotation marks; or move the file away.`, "line %d of the configuration file %s is not TOML", line, path)
	}
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	(&Story{}).AddFlags(all)
	for key := range config {
		if strings.Contains(key, "password") && key != "admin-password-file" || strings.HasSuffix(key, "secret") || strings.HasSuffix(key, "token") {
			return nil, Usage("Remove it there, and give it by a file or the environment.", "the configuration file %s has %q: it must hold no secrets", path, key)
		}
		if all.Lookup(key) == nil {
			return nil, Usage("Its keys are the names of flags.", "the configuration file %s has an unknown key %q", path, key)
		}
	}
	return config, nil
}

// configured is a value of the configuration file: plain is one that a flag can have, and text how it is written there.
type configured struct {
	text  string
	plain bool
}

// parseConfig reads a configuration file, or returns the line in which it is no TOML, from 1. Flags take their values as text, so that the
// syntax is all that is needed of the library: a decoder, for values of any type, takes about 100 KB of the program.
func parseConfig(text []byte) (config map[string]configured, line int) {
	config = map[string]configured{}
	p := &unstable.Parser{}
	p.Reset(slices.Clip(text))
	for p.NextExpression() {
		e := p.Expression()
		keys := e.Key()
		keys.Next()
		key, value := keys.Node(), configured{}
		if e.Kind == unstable.KeyValue && keys.IsLast() {
			switch v := e.Value(); v.Kind {
			case unstable.String, unstable.Bool:
				value = configured{string(v.Data), true}
			case unstable.Integer, unstable.Float:
				value = configured{strings.ReplaceAll(string(v.Data), "_", ""), true}
			default: // times, lists and tables are no flag's values
			}
		}
		if _, twice := config[string(key.Data)]; twice {
			return nil, p.Shape(key.Raw).Start.Line
		}
		config[string(key.Data)] = value
		if !value.plain {
			break // it is refused, whatever follows
		}
	}
	var wrong *unstable.ParserError
	if errors.As(p.Error(), &wrong) {
		return nil, p.Shape(p.Range(wrong.Highlight)).Start.Line
	}
	return config, 0
}
