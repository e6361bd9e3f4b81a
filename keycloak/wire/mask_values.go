package wire

import (
	"reflect"
	"slices"
	"time"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
)

// MaskAll returns v with known secrets masked in each string that it holds or points to. It is for what leaves the program, since
// decisions are made with what the server said. What v points to stays as it is; types of strings with a name of their own,
// the closed sets, are left alone.
func MaskAll[T any](r *Recorder, v T) T {
	r.mu.Lock()
	defer r.mu.Unlock()
	masked, changed := r.masks.value(reflect.ValueOf(&v).Elem())
	if !changed {
		return v
	}
	return masked.Interface().(T)
}

// MaskError returns err with secrets masked in its text, and in the message of each [failure.Error] in its chain.
func (r *Recorder) MaskError(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	masked, _ := r.masks.err(err)
	return masked
}

var (
	stringType = reflect.TypeFor[string]()
	asItIs     = map[reflect.Type]bool{reflect.TypeFor[Secret](): true, reflect.TypeFor[Exchange](): true, reflect.TypeFor[time.Time](): true}
)

// value masks by a copy, and reports whether there was something to mask.
func (m *masks) value(v reflect.Value) (_ reflect.Value, changed bool) {
	if asItIs[v.Type()] {
		return v, false
	}
	if t, ok := v.Interface().(*token.Token); ok {
		masked := t.Masked(m.text)
		return reflect.ValueOf(masked), masked != t
	}
	if said, ok := v.Interface().(msg.Message); ok {
		masked, changed := m.message(said)
		return reflect.ValueOf(masked), changed
	}
	switch v.Kind() {
	case reflect.String:
		if v.Type() != stringType {
			return v, false
		}
		text := m.values(v.String(), false)
		return reflect.ValueOf(text), text != v.String()
	case reflect.Pointer:
		if v.IsNil() {
			return v, false
		}
		elem, changed := m.value(v.Elem())
		if !changed {
			return v, false
		}
		p := reflect.New(v.Type().Elem())
		p.Elem().Set(elem)
		return p, true
	case reflect.Interface:
		if v.IsNil() {
			return v, false
		}
		if err, ok := v.Interface().(error); ok {
			masked, changed := m.err(err)
			return reflect.ValueOf(masked), changed
		}
		return m.value(v.Elem())
	case reflect.Struct:
		return m.fields(v)
	case reflect.Slice, reflect.Array:
		return m.items(v)
	case reflect.Map:
		return m.entries(v)
	default:
		return v, false
	}
}

func (m *masks) fields(v reflect.Value) (masked reflect.Value, changed bool) {
	masked = v
	for i := range v.NumField() {
		if !v.Type().Field(i).IsExported() {
			continue
		}
		field, fieldChanged := m.value(v.Field(i))
		if !fieldChanged {
			continue
		}
		if !changed {
			masked, changed = reflect.New(v.Type()).Elem(), true
			masked.Set(v)
		}
		masked.Field(i).Set(field)
	}
	return masked, changed
}

func (m *masks) items(v reflect.Value) (masked reflect.Value, changed bool) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return v, false
	}
	masked = v
	for i := range v.Len() {
		item, itemChanged := m.value(v.Index(i))
		if !itemChanged {
			continue
		}
		if !changed {
			masked, changed = reflect.New(v.Type()).Elem(), true
			if v.Kind() == reflect.Slice {
				masked.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			}
			reflect.Copy(masked, v)
		}
		masked.Index(i).Set(item)
	}
	return masked, changed
}

func (m *masks) entries(v reflect.Value) (reflect.Value, bool) {
	if v.IsNil() {
		return v, false
	}
	masked, changed := reflect.MakeMapWithSize(v.Type(), v.Len()), false
	for entries := v.MapRange(); entries.Next(); {
		key, changedKey := m.value(entries.Key())
		item, changedItem := m.value(entries.Value())
		masked.SetMapIndex(key, item)
		changed = changed || changedKey || changedItem
	}
	if !changed {
		return v, false
	}
	return masked, true
}

// message masks the values of a sentence, and not what is ours.
func (m *masks) message(said msg.Message) (_ msg.Message, changed bool) {
	masked := said.Map(func(text string) string {
		shown := m.text(text)
		changed = changed || shown != text
		return shown
	})
	if !changed {
		return said, false
	}
	return masked, true
}

// maskedError is an error with a masked text.
type maskedError struct {
	said msg.Message
	errs []error
}

func (e *maskedError) Error() string { return e.said.String() }

// Sentence returns the error's sentence, to be rendered in a language.
func (e *maskedError) Sentence() msg.Message { return e.said }

func (e *maskedError) Unwrap() []error { return e.errs }

func (m *masks) err(err error) (_ error, changed bool) {
	var inner []error
	switch e := err.(type) { //nolint:errorlint // the chain is followed link by link
	case nil:
		return nil, false
	case *failure.Error:
		masked := *e
		masked.Mask(func(text string) string {
			shown := m.text(text)
			changed = changed || shown != text
			return shown
		})
		if !changed {
			return err, false
		}
		return &masked, true
	case interface{ Unwrap() []error }:
		inner = e.Unwrap()
	case interface{ Unwrap() error }:
		inner = []error{e.Unwrap()}
	default:
		if v := reflect.ValueOf(err); v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct {
			if masked, changed := m.value(v); changed {
				return masked.Interface().(error), true
			}
		}
	}
	for i, e := range inner {
		masked, innerChanged := m.err(e)
		if !innerChanged {
			continue
		}
		if !changed {
			inner, changed = slices.Clone(inner), true
		}
		inner[i] = masked
	}
	said, saidChanged := m.message(msg.Of(err))
	if !changed && !saidChanged {
		return err, false
	}
	return &maskedError{said, inner}, true
}
