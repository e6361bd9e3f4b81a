package keycloak

// Masked is what stands in the place of a secret in everything that is shown or written.
const Masked = "***"

// Secret is a password, client secret or token. Printing, formatting or marshalling it gives [Masked]; only
// [Secret.Reveal] gives its value.
type Secret struct{ value string }

// NewSecret wraps value.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the value: for the request that needs it, or when a person asks to see it.
func (s Secret) Reveal() string { return s.value }

// Empty tells whether there is no secret.
func (s Secret) Empty() bool { return s.value == "" }

// String returns [Masked], or nothing for an empty secret.
func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return Masked
}

// GoString keeps %#v from showing the value.
func (s Secret) GoString() string { return "keycloak.Secret(" + s.String() + ")" }

// MarshalText keeps JSON and other encoders from writing the value.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
