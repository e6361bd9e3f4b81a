package access

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"sort"
	"strings"
	"sync"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// reading is what is read on the way to [Grants].
type reading struct {
	*Reader
	mu      sync.Mutex
	clients map[string]*object // by client id in lower case, as in the name of its service account
	holders map[string]*Holder // by id
	grants  *Grants
}

// Holders reads who holds roles of the container, and by which way. What the admin may not see, and what is longer than is read of it, is noted.
func (r *Reader) Holders(ctx context.Context) (*Grants, error) {
	d := &reading{Reader: r, clients: map[string]*object{}, holders: map[string]*Holder{}, grants: &Grants{Container: r.Container, roles: map[string]*Role{}}}
	for _, step := range []func(context.Context) error{d.readRoles, d.readHolders, d.readAccounts} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	all := d.grants.Holders
	sort.Slice(all, func(i, j int) bool {
		a, b := all[i].Account, all[j].Account
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID)) < 0
	})
	return d.grants, nil
}

// readRoles reads all roles of the realm and its clients, and what is in those that have others in them.
func (d *reading) readRoles(ctx context.Context) error {
	clients, err := d.list(ctx, msg.New("list the clients"), "/clients", msg.New("the clients"))
	if err != nil {
		return err
	}
	for _, c := range clients {
		d.clients[strings.ToLower(c.ClientID)] = c
		d.grants.Clients = append(d.grants.Clients, c.described())
	}
	sort.Slice(d.grants.Clients, func(i, j int) bool { return d.grants.Clients[i].ClientID < d.grants.Clients[j].ClientID })
	all, err := d.list(ctx, msg.New("list the realm roles"), "/roles", msg.New("the realm roles"))
	if err != nil {
		return err
	}
	err = each(ctx, len(clients), func(ctx context.Context, i int) error {
		c := clients[i]
		of, err := d.list(ctx, msg.New("list the roles of a client"), "/clients/"+c.ID+"/roles", msg.New("the roles of the client %s", c.ClientID))
		if failure.KindOf(err) == failure.NotFound { // removed meanwhile
			return nil
		}
		d.locked(func() {
			for _, role := range of {
				role.of = c
				all = append(all, role)
			}
		})
		return err
	})
	if err != nil {
		return err
	}
	return d.readComposites(ctx, all)
}

func (d *reading) readComposites(ctx context.Context, all []*object) error {
	defaults := "default-roles-" + strings.ToLower(d.Home)
	roles := map[string]*Role{}
	for _, read := range all {
		role := &Role{ID: read.ID, Name: read.Name, Default: read.of == nil && read.Name == defaults}
		if read.of != nil {
			role.Client, role.client = read.of.ClientID, read.of.ID
		}
		roles[read.ID] = role
	}
	err := each(ctx, len(all), func(ctx context.Context, i int) error {
		if !all[i].Composite {
			return nil
		}
		in, err := d.list(ctx, msg.New("read which roles a role includes"), "/roles-by-id/"+all[i].ID+"/composites", msg.New("the roles in %s", all[i].Name))
		for _, one := range in {
			role := roles[all[i].ID] // of this one alone
			role.holds = append(role.holds, one.ID)
		}
		return err
	})
	for _, id := range including(roles, func(r *Role) bool {
		return r.Client == d.Container || d.Home == master && r.Client == "" && (r.Name == admin || r.Name == createRealm)
	}) {
		d.grants.roles[id] = roles[id]
	}
	return err
}

// readHolders reads who has one of these roles: users directly, and groups with their members.
func (d *reading) readHolders(ctx context.Context) error {
	var groups []*object
	granted := map[string][]string{} // roles, by group
	var ids []string
	for id := range d.grants.roles {
		ids = append(ids, id)
	}
	err := each(ctx, len(ids), func(ctx context.Context, i int) error {
		role := d.grants.roles[ids[i]]
		path := "/roles/" + url.PathEscape(role.Name)
		if role.client != "" {
			path = "/clients/" + role.client + path
		}
		users, err := d.list(ctx, msg.New("find who holds the role"), path+"/users?briefRepresentation=true", msg.New("the users with the role %s", role.Name))
		if err != nil {
			return d.cannot(err, msg.New("Who holds the role %s", role.Name))
		}
		of, err := d.list(ctx, msg.New("find which groups hold the role"), path+"/groups?briefRepresentation=true", msg.New("the groups with the role %s", role.Name))
		if err != nil {
			return d.cannot(err, msg.New("Which groups hold the role %s", role.Name))
		}
		d.add(users, "", role.ID)
		d.locked(func() {
			for _, g := range of {
				if granted[g.ID] == nil {
					groups = append(groups, g)
				}
				granted[g.ID] = append(granted[g.ID], role.ID)
			}
		})
		return nil
	})
	if err != nil {
		return err
	}
	return each(ctx, len(groups), func(ctx context.Context, i int) error {
		g := groups[i]
		d.add([]*object{g}, "", granted[g.ID]...)
		return d.members(ctx, g, g.Path, granted[g.ID], 0)
	})
}

// members adds the members of a group and of those below it, which get the roles of the group with the path from.
func (d *reading) members(ctx context.Context, g *object, from string, granted []string, depth int) error {
	const deepest = 20
	users, err := d.list(ctx, msg.New("list the members of a group"), "/groups/"+g.ID+"/members?briefRepresentation=true", msg.New("the members of the group %s", from))
	if err != nil {
		return d.cannot(err, msg.New("Who is in the group %s", from))
	}
	d.add(users, from, granted...)
	below, err := d.list(ctx, msg.New("list the groups below a group"), "/groups/"+g.ID+"/children?briefRepresentation=true", msg.New("the groups below the group %s", from))
	if err != nil {
		return d.cannot(err, msg.New("Which groups are below the group %s", from))
	}
	for _, child := range below {
		if depth >= deepest {
			return d.cannot(&failure.Error{Kind: failure.Rejected, Message: msg.New("there are more than %d levels of them.", deepest)}, msg.New("Which groups are below the group %s", from))
		}
		if err := d.members(ctx, child, from, granted, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// add adds users, or a group, with roles that they have directly or through the group with the path from.
func (d *reading) add(all []*object, from string, granted ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, one := range all {
		h := d.holders[one.ID]
		if h == nil {
			h = &Holder{Subject: Subject{Account: Account{Kind: User, Name: one.Username, Realm: d.Home, ID: one.ID}}, enabled: one.Enabled}
			if one.Path != "" {
				h.Account.Kind, h.Account.Name, h.enabled = Group, one.Path, true
			}
			d.holders[one.ID] = h
		}
		for _, role := range granted {
			if o := (Origin{role, from}); !slices.Contains(h.Origins, o) {
				h.Origins = append(h.Origins, o)
			}
		}
	}
}

// cannot notes what could not be read: what is gone meanwhile, or is refused. Other errors are returned.
func (d *reading) cannot(err error, what msg.Message) error {
	switch failure.KindOf(err) {
	case failure.NotFound, failure.AdminRefused, failure.Rejected:
		d.locked(func() { d.note(msg.New("%s: %s", what, msg.Of(err).Clause())) })
		return nil
	default:
		return err
	}
}

// readAccounts finds which of the users are service accounts, and which roles count for each holder.
func (d *reading) readAccounts(ctx context.Context) error {
	for _, h := range d.holders {
		d.grants.Holders = append(d.grants.Holders, h)
	}
	return each(ctx, len(d.grants.Holders), func(ctx context.Context, i int) error { return d.readAccount(ctx, d.grants.Holders[i]) })
}

func (d *reading) readAccount(ctx context.Context, h *Holder) error {
	sort.Slice(h.Origins, func(i, j int) bool {
		a, b := h.Origins[i], h.Origins[j]
		return cmp.Or(strings.Compare(a.Group, b.Group), strings.Compare(d.grants.roles[a.Role].Name, d.grants.roles[b.Role].Name), strings.Compare(a.Role, b.Role)) < 0
	})
	h.Held, h.RealmRoles = d.grants.Effective(h.Origins), d.grants.effective(h.Origins, "")
	of, is := strings.CutPrefix(h.Account.Name, "service-account-")
	read := d.clients[of]
	if !is || h.Account.Kind != User || read == nil || !read.ServiceAccounts {
		if !h.enabled {
			d.bar(&h.Subject, nil, false)
		}
		return nil
	}
	own, err := d.admin.ServiceAccount(ctx, d.Home, read.ID)
	if err != nil {
		return d.cannot(err, msg.New("Whose service account %s is", h.Account.Name))
	}
	client := read.client()
	if own.ID != h.Account.ID { // a person with such a name
		d.bar(&h.Subject, nil, h.enabled)
		return nil
	}
	h.Account.Kind, h.Account.ClientID = ServiceAccount, client.ClientID
	if !client.FullScope {
		scoped, err := d.admin.ScopedRoles(ctx, d.Home, client, d.container.ID)
		if err != nil {
			return err
		}
		h.Outside, h.Held = without(h.Held, scoped), within(h.Held, scoped)
	}
	d.bar(&h.Subject, client, h.enabled)
	return nil
}
