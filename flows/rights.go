package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fix403/flows/roles"
	"fix403/keycloak"
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
	st := s.State()
	have, err := s.admin.Rights(ctx, st.Params.Realm)
	if err != nil {
		return err
	}
	var needs, held []string
	if have.Clients == keycloak.RightMissing {
		needs = append(needs, "create a client")
	} else {
		held = append(held, clientCalls...)
	}
	if have.Users == keycloak.RightMissing {
		needs = append(needs, "create a user and give the client's service account a role")
	} else {
		held = append(held, userCalls...)
	}
	if needs != nil {
		version, _ := roles.Nearest(st.Version)
		missing, err := smallest(st.Version, slices.Concat(clientCalls, userCalls))
		if err != nil {
			return err
		}
		has, err := smallest(st.Version, held)
		if err != nil {
			return err
		}
		missing = slices.DeleteFunc(missing, func(role string) bool { return slices.Contains(has, role) })
		return &keycloak.Error{
			Kind:    keycloak.KindAdminRefused,
			Message: fmt.Sprintf("The admin %s may not %s in the realm %s. Nothing was created.", st.AdminName, strings.Join(needs, ", nor "), st.Params.Realm),
			Hint: fmt.Sprintf("Give the admin %s of realm-management of that realm (by the roles measured on %s), or use an admin of master.",
				list(missing), version),
		}
	}
	if have.Grants == keycloak.RightMissing {
		return &keycloak.Error{
			Kind:    keycloak.KindAdminRefused,
			Message: fmt.Sprintf("The admin %s may give no role of realm-management in the realm %s, and the story gives one. Nothing was created.", st.AdminName, st.Params.Realm),
			Hint:    "On 26.4.0 no admin of the realm itself may, realm-admin neither (measured). Use an admin of the realm master.",
		}
	}
	return nil
}

func smallest(version string, calls []string) ([]string, error) {
	var parsed []roles.Call
	for _, text := range calls {
		c, err := roles.ParseCall(text)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, c)
	}
	cover, err := roles.Shipped().Cover(version, parsed)
	return cover.Roles, err
}
