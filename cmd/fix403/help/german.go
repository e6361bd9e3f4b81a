package help

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/cmd/fix403/flags"
	"fix403/flows/texts"
)

// The German of all helps: of a command under its name, of its n-th paragraph under "name n", of the n-th remark in its examples under
// "name #n", of a flag under its name, or under "name --flag" where commands say different things of it. The English is not in it, which
// would double it: testdata/en.json has what each was made of.
//
//go:embed de.json
var germanTexts []byte

// German is all of it.
func German() map[string]string {
	var said map[string]string
	if err := json.Unmarshal(germanTexts, &said); err != nil {
		panic(err) // a test reads it
	}
	return said
}

// Each calls f with all that the help of a command says, and puts what f returns in its place.
func Each(c *cobra.Command, f func(key, text string) string) {
	name := nameOf(c)
	c.Short = f(name, c.Short)
	all := blocks(c.Long)
	n := 0
	long := make([]string, len(all))
	for i, b := range all {
		if long[i] = b.text; b.text != "" && !code(b) {
			n++
			long[i] = f(fmt.Sprint(name, " ", n), b.text)
		}
	}
	c.Long = strings.Join(long, "\n")
	n = 0
	lines := strings.Split(c.Example, "\n")
	for i, line := range lines {
		if command, about := comment(line); about != "" {
			n++
			lines[i] = command + f(fmt.Sprint(name, " #", n), about)
		}
	}
	c.Example = strings.Join(lines, "\n")
	c.Flags().VisitAll(func(flag *pflag.Flag) {
		if !flag.Hidden {
			flag.Usage = f(name+" --"+flag.Name, flag.Usage)
		}
	})
}

// code reports whether a block is nothing but code, which is the same in each language. A list of terms is none.
func code(b block) bool {
	if !b.indented {
		return false
	}
	term, _ := hang(b.text)
	return strings.TrimSpace(term) == "" || strings.Contains(term, "=")
}

func nameOf(c *cobra.Command) string {
	if !c.HasParent() {
		return c.Name()
	}
	return strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ")
}

// Find returns what is said under a key.
func Find(said map[string]string, key string) (string, bool) {
	if text, ok := said[key]; ok {
		return text, true
	}
	if _, flag, ok := strings.Cut(key, " --"); ok {
		text, ok := said["--"+flag]
		return text, ok
	}
	return "", false
}

// translate puts the help of a command, and the lines about those below it, into another language. The process draws one help.
func translate(c *cobra.Command, p *texts.Printer, said map[string]string) {
	in := func(key, text string) string {
		if t, ok := Find(said, key); ok {
			text = strings.ReplaceAll(t, "%VERSIONS%", flags.Versions(p))
		}
		return text
	}
	c.InitDefaultHelpFlag()
	Each(c, in)
	long := blocks(c.Long)
	lines := make([]string, len(long))
	for i, b := range long {
		if lines[i] = b.text; !b.indented {
			lines[i] = strings.Join(wrap(b.text, widest), "\n")
		}
	}
	c.Long = strings.Join(lines, "\n")
	for _, sub := range c.Commands() {
		sub.Short = in(nameOf(sub), sub.Short)
	}
}
