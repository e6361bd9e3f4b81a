package keycloak

import (
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// Intent is called before an object is created, to write down that it will be; an error stops the creation. The
// returned function is called with the new object's id once it is there, or with "" when it is certain that it was not
// created. It is not called when that is in doubt.
type Intent func(kind, realm, name string) (confirm func(id string) error, err error)

func (i Intent) declare(kind, realm, name string) (func(string) error, error) {
	if i == nil {
		return func(string) error { return nil }, nil
	}
	return i(kind, realm, name)
}

// settle ends an intent by the answer to the creating call.
func (a *Admin) settle(confirm func(id string) error, got *wire.Reply, id string, err error) error {
	if err := a.created(got, id, err); err != nil {
		if got == nil || failure.NotDone(err) {
			_ = confirm("") // else the intent stands, which says no more than that it may be there
		}
		return err
	}
	return confirm(id)
}

// created checks that a success carries the new object's id at the end of its Location.
func (a *Admin) created(got *wire.Reply, id string, err error) error {
	if err != nil {
		return err
	}
	if !a.server.identifies(id) {
		return &failure.Error{Kind: failure.UnexpectedAnswer, Status: got.Exchange.Status,
			Message: msg.New("%s answered %d without the new object's address (Location header).", got.Exchange.URL, got.Exchange.Status),
			Hint:    msg.New("Something between here and Keycloak changes its responses, or this is not Keycloak.")}
	}
	return nil
}
