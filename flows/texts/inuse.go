package texts

import (
	"sync/atomic"

	"fix403/keycloak/msg"
)

// What follows says texts in one language for the whole program. It goes when nobody asks for it: a [Printer] is handed in.
var inUse atomic.Pointer[Printer]

func T(t Text, values ...any) string { return inUse.Load().T(t, values...) }
func Say(m msg.Message) string       { return inUse.Load().Say(m) }
func Error(err error) string         { return inUse.Load().Error(err) }
func All(all []Text) []string        { return inUse.Load().All(all) }
func Language() string               { return inUse.Load().Language() }
func Missed() []Text                 { return inUse.Load().Missed() }

// InUse is the printer of the whole program.
func InUse() *Printer { return inUse.Load() }

// Use chooses the language for the whole program.
func Use(language string) error {
	p, err := In(language)
	if err == nil {
		inUse.Store(p)
	}
	return err
}
