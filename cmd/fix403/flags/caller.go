package flags

import (
	"github.com/spf13/pflag"

	"fix403/flows/doctor/given"
)

// Caller are the flags for how the caller of a call logs in.
type Caller struct{ Grant, User, PasswordFile, TokenRealm string }

// Add adds the flags to a set.
func (o *Caller) Add(f *pflag.FlagSet) {
	f.StringVar(&o.Grant, "grant", "", "how the caller gets a token: client_credentials (default) or password")
	f.StringVar(&o.User, "user", "", "username of the caller, with --grant password")
	f.StringVar(&o.PasswordFile, "user-password-file", "", "file with that user's password, - for stdin (or FIX403_USER_PASSWORD)")
	f.StringVar(&o.TokenRealm, "token-realm", "", "realm in which the caller logs in (default: the realm of the call)")
}

// Check returns a usage error for flags that do not go together.
func (o *Caller) Check() error {
	switch {
	case o.Grant != "" && o.Grant != given.ClientCredentials && o.Grant != given.PasswordGrant:
		return Usage("Paste the token request (--curl-file), or give a token (--token-file).", "--grant is client_credentials or password, not %s", o.Grant)
	case o.Grant == given.ClientCredentials && (o.User != "" || o.PasswordFile != ""):
		return Usage("Leave it away, or give --grant password.", "no user logs in with --grant client_credentials")
	}
	return nil
}

// Proof are the flags for what a client proves itself by in the place of a secret.
type Proof struct {
	KeyFile, AssertionFile string
	SecretJWT, DPoP        bool
}

// Add adds the flags to a set.
func (o *Proof) Add(f *pflag.FlagSet) {
	f.StringVar(&o.KeyFile, "client-key-file", "", "file with the client's private key, PEM or JWK: it signs the client's assertions (private_key_jwt)")
	f.StringVar(&o.AssertionFile, "client-assertion-file", "", "file with a ready assertion of the client, - for stdin")
	f.BoolVar(&o.SecretJWT, "client-secret-jwt", false, "the client signs an assertion with its secret (client_secret_jwt)")
	f.BoolVar(&o.DPoP, "dpop", false, "send DPoP proofs, made for the diagnosis")
}

// Check returns a usage error for flags that do not go together.
func (o *Proof) Check() error {
	ways := 0
	for _, given := range []bool{o.KeyFile != "", o.AssertionFile != "", o.SecretJWT} {
		if given {
			ways++
		}
	}
	if ways > 1 {
		return Usage("Give one of them.", "--client-key-file, --client-assertion-file and --client-secret-jwt exclude each other")
	}
	return nil
}
