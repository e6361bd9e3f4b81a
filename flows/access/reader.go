package access

import (
	"cmp"
	"context"
	"slices"

	"fix403/flows/doctor/adminview"
	"fix403/flows/problem"
	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// Reader reads who holds what, as an admin.
type Reader struct {
	*Place
	admin     *keycloak.Admin
	container *keycloak.Client
	audience  bool // the realm has the client scope that the admin API may ask for
}

// Login logs an admin in whose requests change nothing: the transport refuses others.
func Login(ctx context.Context, url string, c keycloak.Credentials, o keycloak.Options) (*keycloak.Admin, error) {
	o.ReadOnly = true
	server, err := keycloak.Open(ctx, url, o)
	if err != nil {
		return nil, err
	}
	return server.Login(ctx, c)
}

// Open looks at the place: accounts of the realm home that call the realm.
func Open(ctx context.Context, admin *keycloak.Admin, home, realm string) (*Reader, error) {
	r := &Reader{admin: admin.Quiet(), Place: &Place{Matrix: roles.Shipped(), Realm: realm, Home: cmp.Or(home, realm), Container: keycloak.RealmManagement}}
	if r.Home == master {
		r.Container = realm + "-realm"
	}
	version, err := r.admin.Version(ctx)
	if err != nil {
		return nil, err
	}
	r.Version, r.Reported = cmp.Or(version, roles.Unknown), version != ""
	if !r.Reported {
		r.Notes = append(r.Notes, msg.New("The server does not report its version, so each answer is likely at best."))
	}
	found, err := r.admin.ReadRealm(ctx, realm)
	switch {
	case err == nil:
		r.Permissions = found.FineGrained
	case failure.KindOf(err) != failure.AdminRefused:
		return nil, err
	default:
		r.Notes = append(r.Notes, msg.New("The admin may not see whether admin permissions are switched on in the realm: with them, more calls than these may be allowed."))
	}
	if r.container, err = r.admin.FindClient(ctx, r.Home, r.Container); err != nil {
		return nil, err
	}
	known, err := r.admin.ClientRoles(ctx, r.Home, r.container.ID)
	if err != nil {
		return nil, err
	}
	for _, role := range known {
		r.Known = append(r.Known, role.Name)
	}
	if r.FirstKind, err = r.admin.FirstPermissions(ctx, realm); err != nil && failure.KindOf(err) != failure.AdminRefused {
		return nil, err
	}
	signs, err := r.admin.AudienceSigns(ctx, r.Home)
	r.audience = signs.RealmScope
	return r, err
}

// Audience reports whether the realm has the client scope that the admin API of newer versions asks for.
func (r *Reader) Audience() bool { return r.audience }

// unseen notes what the admin may not see, which is not an error. Others are returned as they are.
func (r *Reader) unseen(err error, what texts.Text) error {
	if failure.KindOf(err) != failure.AdminRefused && failure.KindOf(err) != failure.NotFound {
		return err
	}
	r.note(msg.New("%s: %s", msg.New(what), msg.Of(err).Clause()))
	return nil
}

func (r *Reader) note(m msg.Message) {
	r.Notes = append(r.Notes, m)
}

// Client reads the service account of a client.
func (r *Reader) Client(ctx context.Context, clientID string) (Subject, error) {
	client, err := r.admin.ReadClient(ctx, r.Home, clientID)
	if err != nil {
		return Subject{}, err
	}
	if !client.ServiceAccounts {
		return Subject{}, problem.CheckFailed("Ask about a user who logs in through it: add --user.", "The client %s has no service account, so it makes no calls of its own.", clientID)
	}
	return r.subject(ctx, client, "")
}

// User reads a user. Without a client the user is taken to log in through one that lets all roles through.
func (r *Reader) User(ctx context.Context, username, clientID string) (Subject, error) {
	if _, err := r.admin.FindUser(ctx, r.Home, username, ""); err != nil {
		return Subject{}, err
	}
	if clientID == "" {
		return r.subject(ctx, nil, username)
	}
	client, err := r.admin.ReadClient(ctx, r.Home, clientID)
	if err != nil {
		return Subject{}, err
	}
	return r.subject(ctx, client, username)
}

func (r *Reader) subject(ctx context.Context, client *keycloak.Client, username string) (Subject, error) {
	by := adminview.By{Admin: r.admin, Realm: r.Home, RolesOf: r.Container, Person: username != "", Username: username, Notes: &first{}}
	s := Subject{Account: Account{Kind: ServiceAccount, Realm: r.Home}}
	if username != "" {
		s.Account.Kind = User
	}
	if client != nil {
		by.ClientID, s.Account.ClientID = client.ClientID, client.ClientID
	}
	var v adminview.View
	if err := v.LookAtRoles(ctx, by); err != nil {
		return s, err
	}
	if err := by.Notes.(*first).err; !v.RolesSeen && err != nil {
		return s, err
	}
	if v.Account == nil || !v.RolesSeen {
		return s, problem.CheckFailed("Log in as an admin who may view users and clients.", "The account cannot be seen.")
	}
	s.Account.Name, s.Account.ID, s.Held = v.Account.Username, v.Account.ID, v.InScope
	s.Outside = without(v.Effective, v.InScope)
	if r.Home == master {
		others, err := r.admin.OtherRoles(ctx, r.Home, v.Account.ID, r.Container)
		if err != nil {
			return s, err
		}
		for _, o := range others {
			if o.Client == "" {
				s.RealmRoles = append(s.RealmRoles, o.Role)
			}
		}
	}
	r.bar(&s, client, v.Account.Enabled)
	return s, nil
}

// bar finds what keeps each call of an account away, whatever its roles.
func (r *Reader) bar(s *Subject, client *keycloak.Client, enabled bool) {
	switch {
	case !enabled:
		s.Barred = msg.New("The account %s is disabled: it gets no token.", s.Account.Name)
	case client == nil:
		s.Notes = append(s.Notes, msg.New("The user is taken to log in through a client with full scope; --client-id names another."))
	case !client.Enabled:
		s.Barred = msg.New("The client %s is disabled: it gets no token.", client.ClientID)
	case r.audience && !slices.Contains(client.DefaultScopes, keycloak.AdminAPIScope):
		s.Barred = msg.New("The client %s lacks the default client scope %s, which this server has: its admin API answers 401 to tokens without that audience.", client.ClientID, keycloak.AdminAPIScope)
		s.Doubt = msg.New("Whether the admin API requires the audience: only a call shows that.")
	case roles.ByTokenAlone(r.Version) && (client.Lightweight || !slices.Contains(client.DefaultScopes, "roles")):
		s.Barred = msg.New("This version decides by the roles in the token, and those of the client %s carry none: its tokens are lightweight, or it lacks the default client scope roles.", client.ClientID)
		s.Doubt = msg.New("Whether another protocol mapper writes roles into the token.")
	}
}

// first keeps the first error of what the admin may not see.
type first struct{ err error }

// Observed implements [adminview.Notes].
func (*first) Observed(texts.Text, ...any) {}

// Forbidden implements [adminview.Notes].
func (f *first) Forbidden(err error, _ texts.Text, _ ...any) error {
	if err != nil && f.err == nil {
		f.err = err
	}
	if failure.KindOf(err) == failure.Canceled {
		return err
	}
	return nil
}
