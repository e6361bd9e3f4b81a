package practice

import (
	"encoding/json"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// validateUser follows the default user profile's validators.
func validateUser(name string, rep map[string]any) *failure {
	if n := utf8.RuneCountInString(name); n < 3 || n > 255 {
		return errField("username", "error-invalid-length", 3, 255)
	}
	for _, ch := range name {
		if unicode.IsSpace(ch) || strings.ContainsRune("<>&\"$%!#?§;*~/\\|^=[]{}()`'", ch) || unicode.IsControl(ch) {
			return errField("username", "error-username-invalid-character")
		}
	}
	if e := str(rep, "email"); e != "" {
		a, err := mail.ParseAddress(e)
		if err != nil || a.Address != e || !strings.Contains(e, "@") {
			return errField("email", "error-invalid-email", e)
		}
		if len(e) > 255 {
			return errField("email", "error-invalid-length-too-long", nil, 255)
		}
	}
	for _, k := range []string{"firstName", "lastName"} {
		v := str(rep, k)
		if utf8.RuneCountInString(v) > 255 {
			return errField(k, "error-invalid-length-too-long", nil, 255)
		}
		if strings.ContainsAny(v, "<>&\"$%!#?§;*~/\\|^=[]{}()") {
			return errField(k, "error-person-name-invalid-character")
		}
	}
	return nil
}

// knownActions drops what is no required action.
func (s *Server) knownActions(l []string) []string {
	var known []struct {
		Alias string `json:"alias"`
	}
	_ = json.Unmarshal(s.def.RequiredActions, &known)
	out := []string{}
	for _, a := range l {
		for _, k := range known {
			if k.Alias == a {
				out = append(out, a)
			}
		}
	}
	return out
}

// managedAttributes keeps the attributes the user profile knows, or all where
// it allows unmanaged ones. By default those are dropped without a word (FACTS section 8).
func (s *Server) managedAttributes(r *realm, v any) map[string][]string {
	out := map[string][]string{}
	given, _ := v.(map[string]any)
	known, all := s.profileAttributes(r)
	for k := range given {
		if !all && !known[k] || builtInAttribute(k) {
			continue
		}
		if l := strs(given, k); len(l) > 0 {
			out[k] = l
		} else if x := str(given, k); x != "" {
			out[k] = []string{x}
		}
	}
	return out
}

func builtInAttribute(k string) bool {
	return k == "username" || k == "email" || k == "firstName" || k == "lastName"
}

// profileOf is the realm's user profile configuration.
func (s *Server) profileOf(r *realm) map[string]any {
	if r.profile != nil {
		return r.profile
	}
	var m map[string]any
	_ = json.Unmarshal(s.def.Profile, &m)
	if r.isMaster() { // it requires nothing of its admins
		for _, a := range objects(m["attributes"]) {
			delete(a, "required")
		}
	}
	return m
}

// lacks reports whether a user has no value for an attribute that the profile requires of users. One that is required with some client
// scopes alone is not asked for.
func (s *Server) lacks(r *realm, u *user) bool {
	return slices.ContainsFunc(objects(s.profileOf(r)["attributes"]), func(a map[string]any) bool {
		required, ok := a["required"].(map[string]any)
		if !ok || len(strs(required, "scopes")) > 0 {
			return false
		}
		if roles := strs(required, "roles"); len(roles) > 0 && !slices.Contains(roles, "user") {
			return false
		}
		name := str(a, "name")
		if values := u.attributes[name]; !builtInAttribute(name) {
			return len(values) == 0 || values[0] == ""
		}
		return map[string]string{"username": u.username, "email": u.email, "firstName": u.firstName, "lastName": u.lastName}[name] == ""
	})
}

func (s *Server) profileAttributes(r *realm) (known map[string]bool, all bool) {
	known = map[string]bool{}
	p := s.profileOf(r)
	l, _ := p["attributes"].([]any)
	for _, x := range l {
		m, _ := x.(map[string]any)
		known[str(m, "name")] = true
	}
	policy := str(p, "unmanagedAttributePolicy")
	return known, policy == "ENABLED" || policy == "ADMIN_EDIT"
}

func (s *Server) profileMetadata(r *realm) any {
	if r.profile == nil {
		return s.def.ProfileMetadata
	}
	l := []any{}
	attrs, _ := r.profile["attributes"].([]any)
	for _, x := range attrs {
		m, _ := x.(map[string]any)
		l = append(l, map[string]any{"name": m["name"], "displayName": m["displayName"], "required": m["required"] != nil, "readOnly": false,
			"validators": m["validations"], "multivalued": boolean(m, "multivalued")})
	}
	return map[string]any{"attributes": l, "groups": []any{}}
}

// userMetadata is the profile as it applies to an existing user: the username
// is read-only unless the realm lets it be edited.
func (s *Server) userMetadata(r *realm) any {
	b, err := json.Marshal(s.profileMetadata(r))
	if err != nil {
		return nil
	}
	var m map[string]any
	_ = json.Unmarshal(b, &m)
	for _, a := range objects(m["attributes"]) {
		if str(a, "name") == "username" {
			a["readOnly"] = !r.flag("editUsernameAllowed")
		}
	}
	return m
}

// requireViewProfile: to 26.4.0 any admin role reads the user profile.
func (c *call) requireViewProfile() error {
	x := c.auth.on(c.realm)
	if c.behavior().profileAnyAdmin && x.isAdmin() || x.canViewRealm() || x.canQueryUsers() {
		return nil
	}
	return c.errForbidden()
}

func (c *call) getProfile() error {
	c.uncached = true
	if err := c.requireViewProfile(); err != nil {
		return err
	}
	return c.ok(c.s.profileOf(c.realm))
}

func (c *call) getProfileMetadata() error {
	c.uncached = true
	if err := c.requireViewProfile(); err != nil {
		return err
	}
	return c.ok(c.s.profileMetadata(c.realm))
}

var profileSchema = newSchema("UPConfig", "unmanagedAttributePolicy", "", "", "", "", "attributes groups")

func (c *call) putProfile() error {
	rep, err := c.object(profileSchema)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).canManageRealm() {
		return c.errForbidden()
	}
	var plain map[string]any
	if err := json.Unmarshal(c.body, &plain); err != nil {
		return c.errParse("invalid_request")
	}
	if rep["attributes"] == nil && c.behavior().profileNeedsAttributes {
		return errMessage(http.StatusBadRequest, "[UserProfile configuration without 'attributes' section is not allowed]")
	}
	if plain["groups"] == nil {
		plain["groups"] = []any{}
	}
	c.realm.profile = plain
	return c.ok(plain)
}

// unmanaged are the user's attributes that the profile does not name.
func (s *Server) unmanaged(r *realm, u *user) map[string][]string {
	known, _ := s.profileAttributes(r)
	out := map[string][]string{}
	for k, v := range u.attributes {
		if !known[k] {
			out[k] = v
		}
	}
	return out
}
