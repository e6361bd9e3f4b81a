package flows

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// WriteEnv writes what a program needs to go on with the client, secret included, as shell assignments to a file of
// mode 0600. An existing file is replaced whole.
func (s *Story) WriteEnv(path string) error {
	st, secret := s.current(), s.ClientSecret()
	if secret.Empty() || st.User == nil {
		return badInput("Let the story come to its client and user first.", "There is no client secret yet to write into %s.", path)
	}
	text := fmt.Sprintf("# Holds a client secret. Written by fix403.\nKEYCLOAK_URL=%s\nKEYCLOAK_REALM=%s\nKEYCLOAK_CLIENT_ID=%s\nKEYCLOAK_CLIENT_SECRET=%s\nKEYCLOAK_USER_ID=%s\n",
		Quote(st.URL), Quote(st.Params.Realm), Quote(st.Params.ClientID), Quote(secret.Reveal()), Quote(st.User.ID))
	f, err := os.CreateTemp(filepath.Dir(path), ".fix403-env-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // fails once it was renamed
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
