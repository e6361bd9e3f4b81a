package paste

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// shell follows a script as far as words and variables go.
type shell struct {
	set   map[string]string // variables; of one that is not set in the text, [variable] stands in its place
	depth int               // of scripts in words, as of sh -c
	kcadm kcadmLogin

	calls  []*Call
	failed error // of the last command that could not be read
}

// mostNested bounds scripts in words of scripts.
const mostNested = 3

// mostTries bounds how often a text is begun again behind a line that is no command.
const mostTries = 300

// readShell returns the calls of a shell's commands, among which other text may stand, such as prompts and what was printed.
func readShell(text string) ([]*Call, error) {
	s := &shell{set: map[string]string{}}
	s.script(asPosix(text))
	if len(s.calls) == 0 && s.failed == nil {
		for _, m := range quotedCommand.FindAllStringSubmatch(text, -1) { // in a string of a program
			s.script(m[1] + m[2])
		}
	}
	if s.failed != nil {
		return nil, s.failed
	}
	return s.calls, nil
}

var (
	cmdLineBreak  = regexp.MustCompile(`\^[ \t]*\n`)
	cmdEscape     = regexp.MustCompile(`\^(.)`)
	looseBreak    = regexp.MustCompile(`\\[ \t]+\n`)
	powerShellSet = regexp.MustCompile(`(?m)^[ \t]*\$([A-Za-z_]\w*)[ \t]*=[ \t]*("[^"\n]*"|'[^'\n]*')[ \t]*;?[ \t]*$`)
	promptBefore  = regexp.MustCompile(`(?m)^[ \t]*(?:[A-Za-z]:\\[^>\n]*>|PS [^>\n]*>|\[?[\w.-]+@[^$#%\n]{0,60}[$#%]|[$%>❯➜])[ \t]*((?:sudo |docker |podman |kubectl |oc |\S*curl|wget |https? |\S*kcadm)\S*)`)
	quotedCommand = regexp.MustCompile(`"((?:sudo )?curl [^"\n]*)"|'((?:sudo )?curl [^'\n]*)'`)
)

// asPosix returns what other shells write as a POSIX shell does: prompts go, line breaks are escaped by \.
func asPosix(text string) string {
	text = cmdLineBreak.ReplaceAllString(text, "\\\n")
	if strings.Contains(text, `^"`) { // "copy as cURL (cmd)": ^ escapes each character
		text = cmdEscape.ReplaceAllString(text, "$1")
	}
	text = looseBreak.ReplaceAllString(text, "\\\n")
	text = promptBefore.ReplaceAllString(text, "$1")
	text = powerShellSet.ReplaceAllString(text, "$1=$2")
	lines := strings.Split(text, "\n")
	open := false // a command in backticks
	for i, line := range lines {
		bare := strings.TrimRight(line, " \t")
		if body, ok := strings.CutSuffix(bare, "`"); ok && !open && strings.Count(body, "`")%2 == 0 && i+1 < len(lines) {
			lines[i] = body + `\` // PowerShell's line break
			continue
		}
		open = open != (strings.Count(line, "`")%2 == 1)
	}
	return strings.Join(lines, "\n")
}

// nesting finds what may begin something nested, each level of which takes its room on the stack.
var nesting = regexp.MustCompile("[({`$]|\\b(?:if|case|while|until|for|select|function|time|coproc)\\b|\\[\\[|!")

// mostNesting is far above what a script has, or a body in it.
const mostNesting = 5_000

// mostHereDocs bounds the documents in a script, each of which is looked for anew.
const mostHereDocs = 100

// script follows the commands of a text. What is no command is left out, line by line.
func (s *shell) script(text string) {
	if len(nesting.FindAllStringIndex(text, mostNesting)) == mostNesting || strings.Count(text, "<<") > mostHereDocs {
		s.failed = unread("", "The text has more brackets than any command.")
		return
	}
	parser := syntax.NewParser(syntax.Variant(syntax.LangBash))
	for tries := 0; text != "" && tries < mostTries; tries++ {
		read := 0
		var err error
		for stmt, failed := range parser.StmtsSeq(strings.NewReader(text)) {
			if err = failed; err == nil {
				s.follow(stmt)
				read = int(stmt.End().Offset()) // #nosec G115 -- of a bounded text
			}
		}
		var wrong syntax.ParseError
		if err == nil || !errors.As(err, &wrong) {
			return
		}
		if syntax.IsIncomplete(err) && s.failed == nil && namesTool(text[min(read, len(text)):]) {
			s.failed = unread(text, "The command has a quotation mark or a bracket that is never closed.")
		}
		at := min(max(read, int(wrong.Pos.Offset())), len(text)) // #nosec G115 -- of a bounded text
		_, text, _ = strings.Cut(text[at:], "\n")
	}
}

// follow takes the commands of a statement in their order.
func (s *shell) follow(node syntax.Node) {
	syntax.Walk(node, func(node syntax.Node) bool {
		switch n := node.(type) {
		case *syntax.CallExpr:
			s.assign(n.Assigns)
			if words := s.expanded(n.Args...); len(words) > 0 {
				s.command(words)
			}
			return false
		case *syntax.ForClause: // its first turn
			if loop, ok := n.Loop.(*syntax.WordIter); ok {
				if words := s.expanded(loop.Items...); len(words) > 0 {
					s.set[loop.Name.Value] = words[0]
				}
			}
		case *syntax.DeclClause: // export NAME=value
			s.assign(n.Args)
			return false
		}
		return true
	})
}

func (s *shell) assign(list []*syntax.Assign) {
	for _, a := range list {
		if a.Name != nil && a.Value != nil {
			s.set[a.Name.Value] = s.quoted(a.Value)
		}
	}
}

// tool returns the name of a program that makes a call; "" for another.
func tool(word string) string {
	name := strings.ToLower(word[strings.LastIndexAny(word, `/\`)+1:])
	name = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, ".exe"), ".sh"), ".bat")
	switch name {
	case "curl", "wget", "kcadm":
		return name
	case "http", "xh":
		return "http"
	case "https", "xhs":
		return "https"
	}
	if strings.HasSuffix(name, "curl") && strings.Contains(word, ":") { // a Windows path whose \ a shell took away
		return "curl"
	}
	return ""
}

func namesTool(text string) bool {
	return slices.ContainsFunc(strings.Fields(text), func(w string) bool { return tool(w) != "" && !strings.HasPrefix(tool(w), "http") })
}

// speakers are commands whose words are no command.
var speakers = []string{"echo", "printf", "which", "man", "grep", "apt", "apt-get", "apk", "yum", "dnf", "brew", "alias"}

// command takes a command, which may stand behind others, as in docker exec or behind a prompt.
func (s *shell) command(words []string) {
	if slices.Contains(speakers, words[0]) {
		return
	}
	for i, w := range words {
		var call *Call
		var err error
		switch scheme := tool(w); scheme {
		case "curl":
			call, err = readCurl(words[i+1:])
		case "wget":
			call, err = readWget(words[i+1:])
		case "http", "https":
			if !slices.ContainsFunc(words[i+1:], ofKeycloak) {
				continue
			}
			call, err = readHTTPie(scheme, words[i+1:])
		case "kcadm":
			call, err = s.kcadm.read(words[i+1:])
		default:
			if strings.ContainsAny(w, " \n") && namesTool(w) && s.depth < mostNested { // sh -c '…'
				s.depth++
				s.script(w)
				s.depth--
			}
			continue
		}
		if err != nil {
			s.failed = err
		} else if call != nil {
			s.calls = append(s.calls, call)
		}
		return
	}
}

func ofKeycloak(word string) bool {
	return strings.Contains(word, "/admin/") || strings.Contains(word, "/realms/")
}
