package flows

import (
	"context"
	"slices"
	"strings"

	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// The calls of the story in a realm that is there, by the right that they need: the smallest roles for them are looked up in
// the matrix.
var (
	clientCalls = []string{
		"POST /admin/realms/{realm}/clients", "GET /admin/realms/{realm}/clients/{client-uuid}/client-secret",
		"GET /admin/realms/{realm}/clients/{client-uuid}/service-account-user",
	}
	userCalls = []string{
		"POST /admin/realms/{realm}/users", "GET /admin/realms/{realm}/users/{user-id}/role-mappings/clients/{client-id}",
		"POST /admin/realms/{realm}/users/{user-id}/role-mappings/clients/{client-id}",
	}
)

// checkRights finds out, before anything is created in a realm that is there, what the admin will be refused. Its error
// has [keycloak.KindAdminRefused] and names the missing roles.
func (s *Story) checkRights(ctx context.Context) error {
	st := s.current()
	have, err := s.conn.Admin.Rights(ctx, st.Params.Realm)
	if err != nil {
		return err
	}
	var needs, held []string
	if have.Clients == keycloak.RightMissing {
		needs = append(needs, texts.T("create a client"))
	} else {
		held = append(held, clientCalls...)
	}
	if have.Users == keycloak.RightMissing {
		needs = append(needs, texts.T("create a user and give the client's service account a role"))
	} else {
		held = append(held, userCalls...)
	}
	if needs != nil {
		version, _ := roles.Nearest(st.Version)
		missing, err := roles.Smallest(st.Version, slices.Concat(clientCalls, userCalls))
		if err != nil {
			return err
		}
		has, err := roles.Smallest(st.Version, held)
		if err != nil {
			return err
		}
		missing = slices.DeleteFunc(missing, func(role string) bool { return slices.Contains(has, role) })
		return &keycloak.Error{
			Kind:    keycloak.KindAdminRefused,
			Message: msg.New("The admin %s may not %s in the realm %s. Nothing was created.", st.AdminName, strings.Join(needs, texts.T(", nor ")), st.Params.Realm),
			Hint: msg.New("Give the admin %s of realm-management of that realm (by the roles measured on %s), or use an admin of master.",
				list(missing), version),
		}
	}
	if have.Grants == keycloak.RightMissing {
		return &keycloak.Error{
			Kind:    keycloak.KindAdminRefused,
			Message: msg.New("The admin %s may give no role of realm-management in the realm %s, and the story gives one. Nothing was created.", st.AdminName, st.Params.Realm),
			Hint:    msg.New("On 26.4.0 no admin of the realm itself may, realm-admin neither (measured). Use an admin of the realm master who has its realm role admin."),
		}
	}
	return nil
}

// checkMaster finds out, before a realm is created, what an admin of master who may do that will be refused later. On 26.4.0
// one with create-realm alone creates realm, client and user, and may not give the role; such an admin does not see the realm
// master in the list of realms, and one with the role admin does (measured).
func (s *Story) checkMaster(ctx context.Context) error {
	st := s.current()
	if !strings.HasPrefix(st.Version, "26.4.") {
		return nil
	}
	seen, err := s.conn.Admin.RealmNames(ctx)
	if err != nil && keycloak.KindOf(err) != keycloak.KindAdminRefused || slices.Contains(seen, "master") {
		return err
	}
	return &keycloak.Error{
		Kind:    keycloak.KindAdminRefused,
		Message: msg.New("The admin %s may give no role of realm-management on %s, also in a realm that he creates, and the story gives one. Nothing was created.", st.AdminName, st.Version),
		Hint:    msg.New("Give the admin the realm role admin of master: on 26.4.0 create-realm is not enough (measured; on 24.0.5 and 26.7.3 it is). Or use an admin who has it."),
	}
}

// nameNotes tell of a server that gives out its tokens in another name than the address at which it was found, as one does
// behind a reverse proxy, or whose hostname is configured.
func (s *Story) nameNotes() []string {
	name, _, found := strings.Cut(s.conn.Admin.Issuer(), "/realms/")
	if !found || sameServer(name, s.conn.Server.URL()) {
		return nil
	}
	return []string{texts.T("The server's own name, in the issuer of its tokens, is %s. It is used at %s here; programs that check the issuer expect its own name.", name, s.conn.Server.URL())}
}

// tokenIsOlder tells whether the admin has nothing but a token that was given before this run created the realm.
func (s *Story) tokenIsOlder(realm string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.inputs.credentials.Token.Empty() &&
		slices.ContainsFunc(s.state.Created, func(c Created) bool { return c.Kind == "realm" && c.Name == realm && !c.Removed })
}

func olderToken(realm string) error {
	return &keycloak.Error{
		Kind:    keycloak.KindAdminRefused,
		Message: msg.New("The realm %s was created, and the given token does not open it: it is older than the realm.", realm),
		Hint:    msg.New("On 24.0.5 and 26.4.0 that is so for tokens of other clients than admin-cli (measured), and a given token can not be renewed. Start again with a new token: what was made so far is used again."),
	}
}
