package practice

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// kind is the JSON type of a representation's field.
type kind byte

const (
	kAny kind = iota
	kString
	kBool
	kInt
	kList
	kStrings
	kObject
)

// schema lists the fields of a representation; others are refused, as Keycloak refuses them.
type schema struct {
	name   string
	fields map[string]kind
}

func newSchema(name, strs, bools, ints, lists, objects, others string) *schema {
	s := &schema{name: name, fields: map[string]kind{}}
	for k, names := range map[kind]string{kString: strs, kBool: bools, kInt: ints, kStrings: lists, kObject: objects, kAny: others} {
		for _, n := range strings.Fields(names) {
			s.fields[n] = k
		}
	}
	return s
}

// without is a copy that does not know some fields.
func (s *schema) without(names ...string) *schema {
	c := &schema{name: s.name, fields: maps.Clone(s.fields)}
	for _, n := range names {
		delete(c.fields, n)
	}
	return c
}

// errParse is the answer to JSON that is none.
func (c *call) errParse(code string) *failure {
	f := errOAuth(http.StatusBadRequest, code, "Cannot parse the JSON")
	if !c.behavior().parseDescription {
		f.body["error_description"] = debugLogSentence
	}
	return f
}

// object reads the body as one JSON object of the given schema.
func (c *call) object(s *schema) (map[string]any, error) {
	if len(bytes.TrimSpace(c.body)) == 0 {
		return nil, c.errInternal()
	}
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader(c.body))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		var te *json.UnmarshalTypeError
		if errors.As(err, &te) {
			return nil, c.errParse("unknown_error")
		}
		return nil, c.errParse("invalid_request")
	}
	if m == nil {
		return nil, c.errInternal()
	}
	if err := c.checkFields(s, m); err != nil {
		return nil, err
	}
	return m, nil
}

func (c *call) checkFields(s *schema, m map[string]any) error {
	for k, v := range m {
		t, known := s.fields[k]
		if !known {
			name, line, col := unknownField(c.body, s)
			if name == "" {
				name = k
			}
			return c.errUnknownField(s, name, line, col)
		}
		if v == nil {
			delete(m, k)
			continue
		}
		cv, ok := coerce(t, v)
		if !ok {
			return c.errParse("unknown_error")
		}
		m[k] = cv
	}
	return nil
}

func (c *call) errUnknownField(s *schema, field string, line, col int) *failure {
	if c.behavior().unknownFieldShort {
		return errText(http.StatusBadRequest, fmt.Sprintf("Invalid json representation for %s. Unrecognized field %q at line %d column %d.", s.name, field, line, col))
	}
	// 24.0.5 lets the JSON library speak, which names every known field.
	class := "org.keycloak.representations.idm." + s.name
	names := make([]string, 0, len(s.fields))
	for n := range s.fields {
		names = append(names, strconv.Quote(n))
	}
	slices.Sort(names)
	return errOAuth(http.StatusBadRequest, fmt.Sprintf("Unrecognized field %q (class %s), not marked as ignorable (%d known properties: %s])\n"+
		" at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %d, column: %d] (through reference chain: %s[%q])",
		field, class, len(names), strings.Join(names, ", "), line, col, class, field), debugLogSentence)
}

// coerce follows the leniency of Keycloak's JSON library: "true" is a bool,
// a number is a string; anything else must have its type.
func coerce(t kind, v any) (any, bool) {
	switch t {
	case kAny:
	case kString:
		switch x := v.(type) {
		case string:
			return x, true
		case json.Number:
			return x.String(), true
		case bool:
			return strconv.FormatBool(x), true
		}
		return nil, false
	case kBool:
		switch x := v.(type) {
		case bool:
			return x, true
		case string:
			b, err := strconv.ParseBool(strings.ToLower(x))
			return b, err == nil
		case json.Number:
			n, err := x.Int64()
			return n != 0, err == nil
		}
		return nil, false
	case kInt:
		switch x := v.(type) {
		case json.Number:
			n, err := x.Int64()
			if err != nil {
				f, ferr := x.Float64()
				return int64(f), ferr == nil
			}
			return n, true
		case string:
			n, err := strconv.ParseInt(x, 10, 64)
			return n, err == nil
		}
		return nil, false
	case kStrings:
		l, ok := v.([]any)
		if !ok {
			return nil, false
		}
		out := make([]string, 0, len(l))
		for _, e := range l {
			s, ok := coerce(kString, e)
			if !ok {
				return nil, false
			}
			out = append(out, s.(string))
		}
		return out, true
	case kObject:
		m, ok := v.(map[string]any)
		return m, ok
	case kList:
		l, ok := v.([]any)
		return l, ok
	}
	return v, true
}

// unknownField finds the first top-level field that s does not know and where
// Keycloak's parser stood when it met it: past a number or literal, just past
// the first character of anything else. Both counts start at 1.
func unknownField(b []byte, s *schema) (name string, line, col int) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if _, err := d.Token(); err != nil {
		return "", 1, 1
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return "", 1, 1
		}
		key, _ := t.(string)
		start := int(d.InputOffset())
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return "", 1, 1
		}
		if _, ok := s.fields[key]; ok {
			continue
		}
		end := int(d.InputOffset())
		if len(raw) > 0 && strings.IndexByte(`"{[`, raw[0]) >= 0 {
			end = start + bytes.IndexByte(b[start:], raw[0]) + 1
		}
		head := b[:end]
		line = bytes.Count(head, []byte{'\n'}) + 1
		return key, line, end - (bytes.LastIndexByte(head, '\n') + 1) + 1
	}
	return "", 1, 1
}

// list reads the body as a JSON list of objects.
func (c *call) list() ([]map[string]any, error) {
	if len(bytes.TrimSpace(c.body)) == 0 {
		if c.r.Method == http.MethodDelete {
			return nil, nil
		}
		return nil, c.errInternal()
	}
	var l []map[string]any
	if err := json.Unmarshal(c.body, &l); err != nil {
		var te *json.UnmarshalTypeError
		if errors.As(err, &te) {
			return nil, c.errParse("unknown_error")
		}
		return nil, c.errParse("HTTP 400 Bad Request")
	}
	return l, nil
}

// str, boolean, num, strs and attrs read fields of decoded JSON; what is missing or of another type is zero.
//
//go:noinline // it would be 12 kB of the program
func str(m map[string]any, k string) string {
	s, _ := m[k].(string)
	return s
}

func boolean(m map[string]any, k string) bool {
	b, _ := m[k].(bool)
	return b
}

func num(m map[string]any, k string) int64 {
	switch n := m[k].(type) {
	case int64:
		return n
	case int:
		return int64(n)
	case float64:
		return int64(n)
	case json.Number:
		i, _ := n.Int64()
		return i
	}
	return 0
}

//go:noinline // it would be 30 kB of the program
func strs(m map[string]any, k string) []string {
	switch l := m[k].(type) {
	case []string:
		return l
	case []any:
		out := make([]string, 0, len(l))
		for _, e := range l {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// attrs reads a map of single strings, as realm and client attributes are.
func attrs(m map[string]any, k string) map[string]string {
	out := map[string]string{}
	switch a := m[k].(type) {
	case map[string]string:
		for n, v := range a {
			out[n] = v
		}
	case map[string]any:
		for n, v := range a {
			if s, ok := coerce(kString, v); ok {
				out[n] = s.(string)
			}
		}
	}
	return out
}
