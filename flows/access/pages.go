package access

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"fix403/flows/crash"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// How much is read of a list, and how many lists at a time.
const (
	pageSize = 100
	mostRead = 5000
	atOnce   = 4
)

// object is an element of a list: a role, a client, a user or a group.
type object struct {
	ID, Name, Path, ClientID, Username string
	Composite, Enabled                 bool
	ServiceAccounts                    bool `json:"serviceAccountsEnabled"`
	FullScope                          bool `json:"fullScopeAllowed"`
	DefaultClientScopes                []string
	Public                             bool   `json:"publicClient"`
	BearerOnly                         bool   `json:"bearerOnly"`
	Standard                           bool   `json:"standardFlowEnabled"`
	Implicit                           bool   `json:"implicitFlowEnabled"`
	Direct                             bool   `json:"directAccessGrantsEnabled"`
	Authenticator                      string `json:"clientAuthenticatorType"`
	Attributes                         struct {
		Lightweight any `json:"client.use.lightweight.access.token.enabled"`
		Made        any `json:"client.secret.creation.time"`
		Expires     any `json:"client.secret.expiration.time"`
		Device      any `json:"oauth2.device.authorization.grant.enabled"`
	}
	of *object // the client of a role; nil for a role of the realm
}

func (c *object) client() *keycloak.Client {
	return &keycloak.Client{ID: c.ID, ClientID: c.ClientID, Enabled: c.Enabled, ServiceAccounts: c.ServiceAccounts, FullScope: c.FullScope, DefaultScopes: c.DefaultClientScopes,
		Lightweight: c.Attributes.Lightweight == "true"}
}

// list reads a list page by page, and notes where it is longer than what is read of it: what, in a sentence.
func (d *reading) list(ctx context.Context, purpose msg.Message, path string, what msg.Message) (all []*object, _ error) {
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	seen := map[string]bool{}
	for begin := 0; begin < mostRead; begin += pageSize {
		var page []*object
		query := separator + "first=" + strconv.Itoa(begin) + "&max=" + strconv.Itoa(pageSize)
		text, _, err := d.admin.Send(ctx, purpose, http.MethodGet, d.Home, path+query, nil)
		if err == nil {
			err = keycloak.Decode(purpose, text, &page)
		}
		if err != nil {
			return nil, err
		}
		before := len(all)
		for _, one := range page {
			if one != nil && !seen[one.ID] {
				seen[one.ID] = true
				all = append(all, one)
			}
		}
		if len(page) != pageSize || len(all) == before { // the last one, or a server that knows no pages
			return all, nil
		}
	}
	d.locked(func() { d.note(msg.New("Only the first %d of these were read: %s.", mostRead, what)) })
	return all, nil
}

func (d *reading) locked(do func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	do()
}

// each does something for 0 to n-1, some at a time.
func each(ctx context.Context, n int, do func(context.Context, int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i := range n {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return crash.Guarded(func() error { return do(ctx, i) })
		})
	}
	return g.Wait()
}

// without are those of a list that are not in another, or with in, those that are.
//
//go:noinline // as within, it would be 2 kB of the program
func without(list, other []string) []string { return pick(list, other, false) }

//go:noinline // see without
func within(list, other []string) []string { return pick(list, other, true) }

func pick(list, other []string, in bool) []string {
	out := []string{}
	for _, s := range list {
		if slices.Contains(other, s) == in {
			out = append(out, s)
		}
	}
	return out
}

// withoutQueries are those of a list that are no query- roles.
func withoutQueries(list []string) []string {
	out := []string{}
	for _, s := range list {
		if !strings.HasPrefix(s, "query-") {
			out = append(out, s)
		}
	}
	return out
}
