package practice

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// MaxSeed is the largest realm export that is read; one with a thousand users has some 2 MB.
const MaxSeed = 16 << 20

// Seed reads a realm export and creates the realm: its settings, roles (with
// composites), client scopes, groups, clients and users with their credentials
// in clear text and role mappings. What an export holds beyond that is
// ignored. It fails for a realm that exists, for JSON that is none, and for
// roles, clients or groups that the export names but does not define.
func (s *Server) Seed(r io.Reader) error {
	b, err := io.ReadAll(io.LimitReader(r, MaxSeed+1))
	if err != nil {
		return fmt.Errorf("practice: seed: %w", err)
	}
	if len(b) > MaxSeed {
		return fmt.Errorf("practice: seed: a seed has at most %d MiB", MaxSeed>>20)
	}
	var rep map[string]any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&rep); err != nil {
		if !json.Valid(b) {
			return fmt.Errorf("practice: seed: it is not JSON")
		}
		return fmt.Errorf("practice: seed: it is not one JSON object")
	}
	for k, v := range rep {
		t, known := realmSchema.fields[k]
		if !known || v == nil {
			delete(rep, k)
			continue
		}
		cv, ok := coerce(t, v)
		if !ok {
			return fmt.Errorf("practice: seed: field %q has the wrong type", k)
		}
		rep[k] = cv
	}
	name := str(rep, "realm")
	if name == "" {
		return fmt.Errorf("practice: seed: no realm name")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.realms[name] != nil {
		return fmt.Errorf("practice: seed: realm %q exists", name)
	}
	if len(s.realms) >= s.opt.MaxRealms {
		return fmt.Errorf("practice: seed: the server keeps at most %d realms", s.opt.MaxRealms)
	}
	realm := s.createRealm(name, rep)
	if err := s.importInto(realm, rep); err != nil {
		s.deleteRealm(realm)
		return fmt.Errorf("practice: seed: %w", err)
	}
	if realm.room.weighed = realm.weigh(); realm.room.weighed > s.opt.MaxRealmBytes || s.bytes() > s.opt.MaxBytes {
		s.deleteRealm(realm)
		return fmt.Errorf("practice: seed: the server keeps at most %d MB in a realm and %d MB in all", s.opt.MaxRealmBytes>>20, s.opt.MaxBytes>>20)
	}
	return nil
}

//go:noinline // it would be 5 kB of the program
func objects(v any) []map[string]any {
	l, _ := v.([]any)
	out := []map[string]any{}
	for _, x := range l {
		if m, ok := x.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// clean brings a nested representation's values to the types of its schema.
func clean(s *schema, m map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		t, known := s.fields[k]
		if !known || v == nil {
			continue
		}
		if cv, ok := coerce(t, v); ok {
			out[k] = cv
		}
	}
	return out
}

// importInto creates what a realm representation nests: roles, scopes, groups, clients, users.
func (s *Server) importInto(r *realm, rep map[string]any) error {
	if err := s.strictly(rep); err != nil {
		return err
	}
	s.importScopes(r, rep)
	s.importFlows(r, rep)
	s.importComponents(r, rep)
	if err := s.importProviders(r, rep); err != nil {
		return err
	}
	now := s.opt.Now()
	for _, m := range objects(rep["clients"]) {
		m = clean(clientSchema, m)
		if k := r.clientByClientID(str(m, "clientId")); k != nil {
			s.applyClient(k, m)
			r.importScopesOf(k, m)
			continue
		}
		if len(r.clients) >= maxPerRealm {
			return errLimit("The practice Keycloak keeps no more clients in a realm.")
		}
		k := s.createClient(r, m, now)
		if k.flag("authorizationServicesEnabled") && k.roles["uma_protection"] == nil { // a resource server has it
			r.newRole(k, "uma_protection", "")
		}
	}
	if err := s.importRoles(r, rep); err != nil {
		return err
	}
	if err := s.importGroups(r, nil, objects(rep["groups"])); err != nil {
		return err
	}
	for _, m := range objects(rep["users"]) {
		if err := s.importUser(r, clean(userSchema, m)); err != nil {
			return err
		}
	}
	if err := r.importScopeMappings(rep); err != nil {
		return err
	}
	for _, p := range strs(rep, "defaultGroups") {
		if g := r.groupByPath(p); g != nil {
			r.defaultGroups = append(r.defaultGroups, g)
		}
	}
	return r.importOrganizations(rep)
}

func (s *Server) importRoles(r *realm, rep map[string]any) error {
	roles, _ := rep["roles"].(map[string]any)
	byClient, _ := roles["client"].(map[string]any)
	type pending struct {
		role *role
		rep  map[string]any
	}
	var all []pending
	add := func(k *client, set map[string]*role, l []map[string]any) {
		for _, m := range l {
			x := set[str(m, "name")]
			if x == nil && str(m, "name") != "" {
				x = r.newRole(k, str(m, "name"), str(m, "description"))
			}
			if x != nil {
				x.id = cmp.Or(str(m, "id"), x.id)
				x.attributes = listAttributes(m["attributes"])
				if d, given := m["description"].(string); given {
					x.description = d
				}
				all = append(all, pending{x, m})
			}
		}
	}
	add(nil, r.roles, objects(roles["realm"]))
	for id := range byClient {
		k := r.clientByClientID(id)
		if k == nil {
			return errText(http.StatusBadRequest, "App doesn't exist in role definitions: "+id)
		}
		add(k, k.roles, objects(byClient[id]))
	}
	for _, p := range all {
		comp, _ := p.rep["composites"].(map[string]any)
		for _, n := range strs(comp, "realm") {
			x := r.roles[n]
			if x == nil {
				return errText(http.StatusBadRequest, "Unable to find composite realm role: "+n)
			}
			p.role.addComposite(x)
		}
		clients, _ := comp["client"].(map[string]any)
		for id := range clients {
			for _, n := range strs(clients, id) {
				x, err := r.clientRole(id, n)
				if err != nil {
					return err
				}
				p.role.addComposite(x)
			}
		}
	}
	return nil
}

func (x *role) addComposite(y *role) {
	if !slices.Contains(x.composites, y) {
		x.composites = append(x.composites, y)
	}
}

func (r *realm) clientRole(clientID, name string) (*role, error) {
	k := r.clientByClientID(clientID)
	if k == nil || k.roles[name] == nil {
		return nil, errText(http.StatusBadRequest, "Unable to find client role mappings for client: "+clientID+", role "+name)
	}
	return k.roles[name], nil
}

// mappingsOf reads realmRoles and clientRoles of a user or group.
func (r *realm) mappingsOf(rep map[string]any) ([]*role, error) {
	out := []*role{}
	for _, n := range strs(rep, "realmRoles") {
		x := r.roles[n]
		if x == nil {
			return nil, errText(http.StatusBadRequest, "Unable to find realm role: "+n)
		}
		out = append(out, x)
	}
	clients, _ := rep["clientRoles"].(map[string]any)
	for id := range clients {
		for _, n := range strs(clients, id) {
			x, err := r.clientRole(id, n)
			if err != nil {
				return nil, err
			}
			out = append(out, x)
		}
	}
	return out, nil
}

func (s *Server) importGroups(r *realm, parent *group, l []map[string]any) error {
	for _, m := range l {
		g, f := s.createGroup(r, parent, m)
		if f != nil {
			return f
		}
		roles, err := r.mappingsOf(m)
		if err != nil {
			return err
		}
		g.roles = roles
		if id := str(m, "id"); id != "" && r.groups[id] == nil {
			delete(r.groups, g.id)
			g.id = id
			r.groups[id] = g
		}
		if err := s.importGroups(r, g, objects(m["subGroups"])); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) importUser(r *realm, m map[string]any) error {
	if len(r.users) >= s.opt.MaxUsers {
		return errLimit(fmt.Sprintf("The practice Keycloak keeps at most %d users in a realm.", s.opt.MaxUsers))
	}
	now := s.opt.Now()
	var u *user
	if id := str(m, "serviceAccountClientId"); id != "" {
		k := r.clientByClientID(id)
		if k == nil {
			return errText(http.StatusBadRequest, "Unable to find client of the service account: "+id)
		}
		if u = r.serviceUser(k); u == nil {
			u = s.createServiceUser(r, k, now)
		}
	} else {
		name := lower(str(m, "username"))
		if name == "" || r.userByName(name) != nil {
			return errText(http.StatusBadRequest, "User name is missing or taken: "+name)
		}
		u = &user{id: cmp.Or(str(m, "id"), newID()), username: name, created: now.UnixMilli(), attributes: map[string][]string{}, roles: []*role{r.defaultRole}}
		r.users[u.id] = u
	}
	s.updateUser(r, u, m, now)
	roles, err := r.mappingsOf(m)
	if err != nil {
		return err
	}
	for _, x := range roles {
		if x != r.defaultRole {
			u.roles = append(u.roles, x)
		}
	}
	for _, p := range strs(m, "groups") {
		g := r.groupByPath(p)
		if g == nil {
			return errText(http.StatusBadRequest, "Unable to find group: "+p)
		}
		u.groups = append(u.groups, g)
	}
	return nil
}
