package keycloak

import (
	"context"
	"fmt"
	"net/url"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// mostSessions bounds how many sessions of a client are looked through, by pages of sessionsPage.
const (
	mostSessions = 2000
	sessionsPage = 100
)

// SessionUser returns the id of the user whose session of a client has an id, offline sessions among them; "" where there is none.
func (a *Admin) SessionUser(ctx context.Context, realm, clientUUID, session string) (string, error) {
	for _, kind := range []string{"user-sessions", "offline-sessions"} {
		for first := 0; first < mostSessions; first += sessionsPage {
			var page []struct{ ID, UserID string }
			path := fmt.Sprintf("/clients/%s/%s?first=%d&max=%d", url.PathEscape(clientUUID), kind, first, sessionsPage)
			if err := a.read(ctx, msg.New("find whose session this is"), realm, path, &page); err != nil {
				return "", err
			}
			for _, s := range page {
				if s.ID == session && a.server.identifies(s.UserID) {
					return s.UserID, nil
				}
			}
			if len(page) < sessionsPage {
				break
			}
		}
	}
	return "", nil
}

// LoginState is what keeps a user from logging in, as far as an admin sees it.
type LoginState struct {
	Locked          bool     // by brute force detection
	RequiredActions []string // what the user has to do first
	Temporary       bool     // the password has to be changed first
	NoPassword      bool     // none is stored here; an outside store may have one
	OneTimeCodes    bool     // a login takes a code besides
	Federated       bool     // the user is of an outside store
}

// LoginStateOf reads what keeps a user from logging in. What the admin may not see is left out.
func (a *Admin) LoginStateOf(ctx context.Context, realm, userID string) (LoginState, error) {
	var s LoginState
	id, err := pathSegment("user id", userID)
	if err != nil {
		return s, err
	}
	var user struct {
		RequiredActions []string
		FederationLink  string
	}
	if err := a.read(ctx, msg.New("read the user's required actions"), realm, "/users/"+id, &user); err != nil {
		return s, err
	}
	s.RequiredActions, s.Federated = user.RequiredActions, user.FederationLink != ""
	var lock struct{ Disabled bool }
	if err := a.read(ctx, msg.New("is the user locked?"), realm, "/attack-detection/brute-force/users/"+id, &lock); failure.KindOf(err) == failure.Canceled {
		return s, err
	}
	s.Locked = lock.Disabled
	var credentials []struct{ Type, CredentialData string }
	if err := a.read(ctx, msg.New("which credentials does the user have?"), realm, "/users/"+id+"/credentials", &credentials); err != nil {
		if failure.KindOf(err) == failure.Canceled {
			return s, err
		}
		return s, nil
	}
	s.NoPassword = !s.Federated
	for _, c := range credentials {
		switch c.Type {
		case "password":
			s.NoPassword = false
		case "otp":
			s.OneTimeCodes = true
		}
	}
	return s, nil
}

// Protocol returns the protocol of a client, such as "openid-connect" or "saml"; "" where it is not told.
func (a *Admin) Protocol(ctx context.Context, realm, clientUUID string) (string, error) {
	id, err := pathSegment("client", clientUUID)
	if err != nil {
		return "", err
	}
	var client struct{ Protocol string }
	err = a.read(ctx, msg.New("which protocol does the client speak?"), realm, "/clients/"+id, &client)
	return client.Protocol, err
}
