package flows

import "fmt"

// WriteEnv writes what a program needs to go on with the client, secret included, as shell assignments to a file of
// mode 0600. An existing file is replaced whole.
func (s *Story) WriteEnv(path string) error {
	st, secret := s.current(), s.ClientSecret()
	if secret.Empty() || st.User == nil {
		return badInput("Let the story come to its client and user first.", "There is no client secret yet to write into %s.", path)
	}
	text := fmt.Sprintf("# Holds a client secret. Written by fix403.\nKEYCLOAK_URL=%s\nKEYCLOAK_REALM=%s\nKEYCLOAK_CLIENT_ID=%s\nKEYCLOAK_CLIENT_SECRET=%s\nKEYCLOAK_USER_ID=%s\n",
		Quote(st.URL), Quote(st.Params.Realm), Quote(st.Params.ClientID), Quote(secret.Reveal()), Quote(st.User.ID))
	return Output{"--write-env", path}.Write([]byte(text), 0o600)
}
