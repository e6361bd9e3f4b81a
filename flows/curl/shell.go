package curl

import (
	"strings"
	"unicode"

	"fix403/flows/problem"
)

// shellCommands splits a text into commands and those into words, as a shell does, without expanding anything. Where a
// shell would, [variable] stands in the place of the $; in single quotes the text of a variable is what the server sees.
func shellCommands(text string) ([][]string, error) {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	var commands [][]string
	var words []string
	var word strings.Builder
	inWord, redirected := false, false
	end := func() {
		if inWord && !redirected {
			words = append(words, word.String())
		}
		if inWord {
			word.Reset()
			inWord, redirected = false, false
		}
	}
	endCommand := func() {
		end()
		redirected = false
		if len(words) > 0 {
			commands = append(commands, words)
			words = nil
		}
	}
	runes := []rune(text)
	unclosed := func(quote rune) error {
		return problem.BadInput(hint, "The curl command has a %c that is never closed.", quote)
	}
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		next := rune(0)
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		switch {
		case (r == '\\' || r == '^' || r == '`') && blankToLineEnd(runes[i+1:]) && i+1 < len(runes):
			for i+1 < len(runes) && runes[i+1] != '\n' {
				i++
			}
			i++
			end()
		case r == '\\':
			if i+1 < len(runes) {
				i++
				word.WriteRune(next)
				inWord = true
			}
		case r == '\'':
			inWord = true
			for i++; ; i++ {
				if i >= len(runes) {
					return nil, unclosed('\'')
				}
				if runes[i] == '\'' {
					break
				}
				word.WriteRune(runes[i])
			}
		case r == '"':
			inWord = true
			for i++; ; i++ {
				if i >= len(runes) {
					return nil, unclosed('"')
				}
				if runes[i] == '"' {
					break
				}
				if runes[i] == '\\' && i+1 < len(runes) && strings.ContainsRune("\"\\$`\n", runes[i+1]) {
					i++
					if runes[i] == '\n' {
						continue
					}
				}
				word.WriteRune(expanded(runes, i))
			}
		case r == '$' && next == '\'':
			inWord = true
			n, err := ansiQuoted(runes[i+2:], &word)
			if err != nil {
				return nil, err
			}
			i += 1 + n
		case r == '>' || r == '<': // the word behind it names a file, and a number before it a stream
			if strings.Trim(word.String(), "0123456789") == "" {
				word.Reset()
				inWord = false
			}
			end()
			for i+1 < len(runes) && strings.ContainsRune(">&<", runes[i+1]) {
				i++
			}
			redirected = true
		case r == '\n' || r == ';' || r == '|' || r == '&' || r == '(' || r == ')':
			endCommand()
		case r == ' ' || r == '\t':
			end()
		case r == '#' && !inWord:
			for i+1 < len(runes) && runes[i+1] != '\n' {
				i++
			}
		default:
			word.WriteRune(expanded(runes, i))
			inWord = true
		}
	}
	endCommand()
	return commands, nil
}

// expanded is the rune at i, or [variable] for a $ that begins an expansion.
func expanded(runes []rune, i int) rune {
	if runes[i] != '$' || i+1 >= len(runes) {
		return runes[i]
	}
	if n := runes[i+1]; n == '{' || n == '(' || n == '_' || n >= 'a' && n <= 'z' || n >= 'A' && n <= 'Z' {
		return variable
	}
	return '$'
}

func blankToLineEnd(rest []rune) bool {
	for _, r := range rest {
		switch r {
		case '\n':
			return true
		case ' ', '\t':
		default:
			return false
		}
	}
	return true
}

// ansiQuoted reads the rest of $'…', as browsers write it in "copy as cURL", and returns how many runes it took.
func ansiQuoted(runes []rune, word *strings.Builder) (int, error) {
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case r == '\'':
			return i + 1, nil
		case r == '\\' && i+1 < len(runes):
			i++
			switch e := runes[i]; e {
			case 'n':
				word.WriteByte('\n')
			case 't':
				word.WriteByte('\t')
			case 'r':
				word.WriteByte('\r')
			case 'u', 'x':
				digits := map[rune]int{'u': 4, 'x': 2}[e]
				var code rune
				n := 0
				for ; n < digits && i+1+n < len(runes); n++ {
					d := strings.IndexRune("0123456789abcdef", unicode.ToLower(runes[i+1+n]))
					if d < 0 {
						break
					}
					code = code<<4 | rune(d) // #nosec G115 -- a digit below 16
				}
				i += n
				word.WriteRune(code)
			default:
				word.WriteRune(e)
			}
		default:
			word.WriteRune(r)
		}
	}
	return 0, problem.BadInput(hint, "The curl command has a $' that is never closed.")
}
