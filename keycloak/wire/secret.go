package wire

// Masked is what takes the place of a secret in everything that is shown or written.
const Masked = "***"

// Secret is a password, client secret or token. Printing, formatting or marshalling it gives [Masked]; only
// [Secret.Reveal] gives its value.
//
// How long one stays in memory: Go cannot wipe a string, and net/http makes copies of what it sends, so that dropping a
// secret means that nothing refers to it any more and its memory is used again some time. An [keycloak.Admin] keeps password or client
// secret as long as it may have to log in again, which is until nobody uses the Admin; a password that came with a one-time
// code is dropped after the login, since the session goes on by its refresh token. A [Recorder] keeps each secret as long as
// the record, since it has to find it in what is recorded later. Package main switches core dumps off, where that can be done.
type Secret struct{ value string }

// NewSecret wraps value.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the value: for the request that needs it, or when a person asks to see it.
func (s Secret) Reveal() string { return s.value }

// Empty reports whether there is no secret.
func (s Secret) Empty() bool { return s.value == "" }

// String returns [Masked], or nothing for an empty secret.
func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return Masked
}

// GoString keeps %#v from showing the value.
func (s Secret) GoString() string { return "wire.Secret(" + s.String() + ")" }

// MarshalText keeps JSON and other encoders from writing the value.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
