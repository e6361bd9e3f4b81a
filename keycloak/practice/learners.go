package practice

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"
)

// Learner is one participant of a course: a realm of their own and a user in
// it who is the realm's admin (role realm-admin of realm-management).
type Learner struct {
	Realm    string
	User     string
	Password string
}

// ForLearners are the options with bounds for a class of n: none of them can take the memory of the others.
func (o Options) ForLearners(n int) Options {
	if n > 0 {
		o.MaxRealmBytes, o.MaxBytes = 8<<20, max(256<<20, int64(n+2)<<20)
	}
	o.MaxRealms = 100 + 2*n
	return o
}

// AddLearners creates n realms, learner-01 and so on (names that exist are
// skipped), each with an admin of its own who can log in through admin-cli.
// It creates all or none; it fails when the server keeps no more realms.
func (s *Server) AddLearners(n int) ([]Learner, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n < 0 || len(s.realms)+n > s.opt.MaxRealms {
		return nil, fmt.Errorf("practice: %d more realms are over the limit of %d", n, s.opt.MaxRealms)
	}
	out := make([]Learner, 0, n)
	for i := 1; len(out) < n; i++ {
		l := Learner{Realm: fmt.Sprintf("learner-%02d", i), User: fmt.Sprintf("learner-%02d", i), Password: strings.ToLower(rand.Text()[:12])}
		if s.realms[l.Realm] != nil {
			continue
		}
		r := s.createRealm(l.Realm, map[string]any{"enabled": true})
		s.addRealmAdmin(r, l, s.opt.Now())
		out = append(out, l)
	}
	return out, nil
}

func (s *Server) addRealmAdmin(r *realm, l Learner, now time.Time) {
	u := &user{id: newID(), username: l.User, firstName: "Realm", lastName: "Admin", email: l.User + "@example.com", emailVerified: true, enabled: true,
		created: now.UnixMilli(), attributes: map[string][]string{}, roles: []*role{r.defaultRole, r.adminClient.roles["realm-admin"]}}
	u.password = newPassword(l.Password, false, u.created)
	r.users[u.id] = u
}

func lower(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
