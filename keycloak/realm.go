package keycloak

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/Nerzal/gocloak/v13"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// Realm is a realm as the server has it.
type Realm struct {
	Name        string
	Marker      string // value of [MarkerAttribute]; "" when fix403 did not create it
	Enabled     bool
	Reduced     bool   // the admin may not view the realm: nothing but the name is known
	SSLRequired string // all, external or none
	NotBefore   time.Time
	FineGrained bool         // permissions on single objects are switched on (adminPermissionsEnabled, from 26.2)
	Created     bool         // by this call
	Differs     []Difference // from what was asked for; nothing was changed
}

// FindRealm reads a realm. An unknown one gives [failure.NotFound]. A caller without view-realm gets a reduced
// representation, which tells neither enabled nor attributes (FACTS, section 2): also an admin whose token is older than
// the realm, who then logs in again, once.
func (a *Admin) FindRealm(ctx context.Context, name string) (*Realm, error) {
	path, err := pathSegment("realm name", name)
	if err != nil {
		return nil, err
	}
	read := func() (r *Realm, err error) {
		got, err := a.gocloak(ctx, call{purpose: msg.New("read the realm"), realm: name}, func(ctx context.Context, api *gocloak.GoCloak, token string) error {
			_, err := api.GetRealm(ctx, token, path)
			return err
		})
		if err != nil {
			return nil, err
		}
		if r, err = realmOf(got.Body); err != nil || r.Name != name {
			return nil, got.Unusable(http.StatusOK)
		}
		return r, nil
	}
	r, err := read()
	if failure.KindOf(err) == failure.NotFound {
		a.markFresh(name) // if it is created now, it is newer than this token
	}
	if err == nil && r.Reduced && a.takeFresh(name) {
		if err := a.login(ctx, staleToken); err != nil {
			return nil, err
		}
		r, err = read()
	}
	if err != nil {
		return nil, err
	}
	if !r.Reduced {
		r.Differs = compare("enabled", true, r.Enabled)
	}
	return r, nil
}

// realmOf reads the representation of a realm. gocloak's has not all that is needed here.
func realmOf(text []byte) (*Realm, error) {
	var r struct {
		Realm       string            `json:"realm"`
		Enabled     *bool             `json:"enabled"`
		Attributes  map[string]string `json:"attributes"`
		SSLRequired string            `json:"sslRequired"`
		NotBefore   int64             `json:"notBefore"`
		FineGrained bool              `json:"adminPermissionsEnabled"`
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, err
	}
	return &Realm{Name: r.Realm, Marker: r.Attributes[MarkerAttribute], Enabled: deref(r.Enabled), Reduced: r.Enabled == nil,
		SSLRequired: r.SSLRequired, NotBefore: seconds(r.NotBefore), FineGrained: r.FineGrained}, nil
}

// EnsureRealm finds the realm, or creates it enabled and marked with run. The enabled flag is always sent: without it
// Keycloak creates the realm disabled (FACTS, section 8).
func (a *Admin) EnsureRealm(ctx context.Context, name, run string, intent Intent) (*Realm, error) {
	r, err := a.FindRealm(ctx, name)
	if failure.KindOf(err) != failure.NotFound {
		return r, err
	}
	a.takeFresh(name) // a refusal to create it says nothing of the token's age
	confirm, err := intent.declare("realm", name, name)
	if err != nil {
		return nil, err
	}
	var id string
	got, err := a.gocloak(ctx, call{purpose: msg.New("create the realm"), realm: name, success: http.StatusCreated, timeout: a.server.options.RealmTimeout}, func(ctx context.Context, api *gocloak.GoCloak, token string) (err error) {
		id, err = api.CreateRealm(ctx, token, gocloak.RealmRepresentation{
			Realm: &name, Enabled: gocloak.BoolP(true), Attributes: marked(run),
		})
		return err
	})
	if got != nil && id != "" && err == nil {
		id = name
		a.markFresh(name)
	}
	if err := a.settle(confirm, got, id, err); err != nil {
		return nil, err
	}
	return &Realm{Name: name, Marker: run, Enabled: true, Created: true}, nil
}

// DeleteRealm deletes a realm that carries our marker. Without it, and for master, it refuses with [failure.BadInput].
func (a *Admin) DeleteRealm(ctx context.Context, name string) error {
	if name == "master" {
		return a.deleteRealm(ctx, name) // which refuses
	}
	r, err := a.FindRealm(ctx, name)
	if err != nil {
		return err
	}
	if r.Marker == "" {
		return failure.NewBadInput("If you want it gone, delete it in the Admin Console.", "The realm %s was not created by fix403: it was left unchanged.", name)
	}
	return a.deleteRealm(ctx, name)
}

func (a *Admin) deleteRealm(ctx context.Context, name string) error {
	path, err := pathSegment("realm name", name)
	if err != nil {
		return err
	}
	if name == "master" {
		return failure.NewBadInput("", "The realm master is never removed.")
	}
	_, err = a.gocloak(ctx, call{purpose: msg.New("delete the realm"), realm: name, success: http.StatusNoContent, timeout: a.server.options.RealmTimeout}, func(ctx context.Context, api *gocloak.GoCloak, token string) error {
		return api.DeleteRealm(ctx, token, path)
	})
	return err
}

// ReadRealm reads a realm. With fewer rights than view-realm Keycloak answers 200 with little more than the name: that
// is refused here as [failure.AdminRefused], since nothing could be read out of it.
func (a *Admin) ReadRealm(ctx context.Context, realm string) (*Realm, error) {
	purpose := msg.New("read the realm's settings")
	text, _, err := a.Send(ctx, purpose, http.MethodGet, realm, "", nil)
	if err != nil {
		return nil, err
	}
	r, err := realmOf(text)
	if err != nil {
		return nil, unlikeKeycloak(purpose, err)
	}
	if r.Reduced || r.SSLRequired == "" {
		return nil, &failure.Error{Kind: failure.AdminRefused, Status: http.StatusOK, Message: msg.New("The admin may see only the name of the realm %s.", realm),
			Hint: msg.New("Use an admin with view-realm.")}
	}
	return r, nil
}

// RealmNames lists the names of the realms that the admin may see, in the server's order.
func (a *Admin) RealmNames(ctx context.Context) ([]string, error) {
	var list []struct {
		Realm string `json:"realm"`
	}
	got, err := a.gocloak(ctx, call{purpose: msg.New("list the realms")}, func(ctx context.Context, api *gocloak.GoCloak, token string) error {
		_, err := api.GetRequestWithBearerAuth(ctx, token).SetHeader("Accept", "application/json").Get(a.server.url + "/admin/realms?briefRepresentation=true")
		return err
	})
	if err != nil {
		return nil, err
	}
	if json.Unmarshal(got.Body, &list) != nil {
		return nil, got.Unusable(http.StatusOK)
	}
	var names []string
	for _, r := range list {
		names = append(names, r.Realm)
	}
	return names, nil
}

// DeleteMarkedRealm deletes a realm that still carries the mark of a run, as [Admin.DeleteRealm] does: what was looked at
// may be another realm of the same name by now.
func (a *Admin) DeleteMarkedRealm(ctx context.Context, name, run string) error {
	r, err := a.FindRealm(ctx, name)
	if err != nil {
		return err
	}
	if r.Marker != run {
		return failure.NewBadInput("Check again, then decide.", "The realm %s is not the one that was checked: it was left unchanged.", name)
	}
	return a.deleteRealm(ctx, name)
}
