package paste

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// expanded returns the words that a shell makes of words. No command runs for it: what one would print is [variable], as is a
// variable that the text does not set. (The parser's own package expand takes more of the program's size than this needs.)
func (s *shell) expanded(words ...*syntax.Word) (fields []string) {
	for _, w := range words {
		f := field{shell: s}
		f.parts(w.Parts, false)
		f.end()
		fields = append(fields, f.done...)
	}
	return fields
}

// quoted returns a word as it is where no shell splits it, as in an assignment.
func (s *shell) quoted(w *syntax.Word) string {
	f := field{shell: s, whole: true}
	f.parts(w.Parts, false)
	return f.text.String()
}

// field is a word while it is expanded, which may be more than one.
type field struct {
	*shell
	whole bool // it is not split
	text  strings.Builder
	begun bool // it is a word, though an empty one
	done  []string
}

func (f *field) end() {
	if f.begun {
		f.done = append(f.done, f.text.String())
	}
	f.text.Reset()
	f.begun = false
}

func (f *field) write(text string) {
	f.text.WriteString(text)
	f.begun = true
}

func (f *field) parts(parts []syntax.WordPart, inQuotes bool) {
	for _, part := range parts {
		switch p := part.(type) {
		case *syntax.Lit:
			f.write(unescaped(p.Value, inQuotes))
		case *syntax.SglQuoted:
			if p.Dollar {
				f.write(ansi(p.Value))
			} else {
				f.write(p.Value)
			}
		case *syntax.DblQuoted:
			f.begun = true
			f.parts(p.Parts, true)
		case *syntax.ParamExp:
			f.value(f.parameter(p), inQuotes)
		case *syntax.CmdSubst:
			f.write(f.printed(p.Stmts))
		default:
			f.write(string(variable))
		}
	}
}

// printed follows the commands of a substitution, and returns what they print: a variable that is not known, with the mark of the request
// whose answer that is, made there or before.
func (s *shell) printed(list []*syntax.Stmt) string {
	before := len(s.calls)
	value := string(variable)
	for _, stmt := range list {
		s.follow(stmt)
		syntax.Walk(stmt, func(node syntax.Node) bool {
			if p, ok := node.(*syntax.ParamExp); ok && p.Param != nil && source(s.set[p.Param.Value]) > 0 {
				value = mark(source(s.set[p.Param.Value]))
			}
			return true
		})
	}
	if len(s.calls) > before {
		value = mark(len(s.calls))
	}
	return value
}

// value writes a variable's value, which a shell splits outside of quotation marks.
func (f *field) value(text string, inQuotes bool) {
	if inQuotes || f.whole {
		f.write(text)
		return
	}
	for i, piece := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' }) {
		if i > 0 {
			f.end()
		}
		f.write(piece)
	}
}

// parameter returns the value of a variable, with the default that stands beside it.
func (f *field) parameter(p *syntax.ParamExp) string {
	if p.Param == nil || p.Length || p.Excl || p.Index != nil || p.Slice != nil || p.Repl != nil {
		return string(variable)
	}
	value, set := f.set[p.Param.Value]
	if p.Exp == nil {
		if !set {
			return string(variable)
		}
		return value
	}
	switch p.Exp.Op {
	case syntax.DefaultUnset, syntax.DefaultUnsetOrNull, syntax.AssignUnset, syntax.AssignUnsetOrNull:
		if !set && p.Exp.Word != nil {
			return f.quoted(p.Exp.Word)
		}
	case syntax.ErrorUnset, syntax.ErrorUnsetOrNull:
	default:
		return string(variable)
	}
	if !set {
		return string(variable)
	}
	return value
}

// unescaped takes the \ away that keeps a character from its meaning; in double quotes only some have one.
func unescaped(text string, inQuotes bool) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && (!inQuotes || strings.IndexByte("\"\\$`\n", text[i+1]) >= 0) {
			if i++; text[i] == '\n' {
				continue
			}
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

// ansi reads what stands in $'…', as browsers write it in "copy as cURL". Source: the manual of bash, ANSI-C quoting.
func ansi(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			out.WriteByte(text[i])
			continue
		}
		i++
		switch c := text[i]; c {
		case 'n':
			out.WriteByte('\n')
		case 't':
			out.WriteByte('\t')
		case 'r':
			out.WriteByte('\r')
		case 'u', 'x':
			most := map[byte]int{'u': 4, 'x': 2}[c]
			n := 0
			for n < most && i+1+n < len(text) && strings.IndexByte("0123456789abcdefABCDEF", text[i+1+n]) >= 0 {
				n++
			}
			code, _ := strconv.ParseUint("0"+text[i+1:i+1+n], 16, 32)
			out.WriteRune(rune(code)) // #nosec G115 -- four digits
			i += n
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}
