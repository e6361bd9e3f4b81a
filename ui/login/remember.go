package login

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"fix403/keycloak/foreign"
)

// Remembered is what the connect form knows of the last server: everything but secrets. Only the form reads it, and shows
// it before anything is sent; no command takes a server from there.
type Remembered struct {
	URL      string `json:"url"`
	CACert   string `json:"ca_cert,omitempty"`
	Login    string `json:"login"` // user, client or token
	Realm    string `json:"realm"`
	User     string `json:"user,omitempty"`
	ClientID string `json:"client_id,omitempty"`
}

// rememberedFile is its name in the folder.
const rememberedFile = "connect.json"

// Recall reads what was remembered; nothing where there is none, or it cannot be read.
func Recall(folder string) Remembered {
	var r Remembered
	if folder == "" {
		return r
	}
	text, err := foreign.ReadOwn(filepath.Join(folder, rememberedFile), 64<<10)
	if err != nil || json.Unmarshal(text, &r) != nil {
		return Remembered{}
	}
	for _, s := range []string{r.URL, r.CACert, r.Login, r.Realm, r.User, r.ClientID} {
		if strings.ContainsFunc(s, foreign.Hidden) { // not what a form takes
			return Remembered{}
		}
	}
	return r
}

// Save writes it for its owner alone, whole or not at all.
func (r Remembered) Save(folder string) error {
	if folder == "" {
		return nil
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, rememberedFile+".*") // with mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(folder, rememberedFile))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
