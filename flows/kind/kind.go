// Package kind knows the kinds of objects that fix403 creates on a server: how one is found, named and removed.
package kind

import (
	"context"

	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// Kind is a kind of object. Its values are a contract of the journal and of the JSON documents.
type Kind string

// The kinds of objects that a story creates.
const (
	Realm  Kind = "realm"
	Client Kind = "client"
	User   Kind = "user"
	Role   Kind = "role"
	// A client scope that was made a default one of a client, and one that was an optional one before. Both are changes of a
	// client, which the journal has under these kinds.
	DefaultScope Kind = "default-scope"
	MovedScope   Kind = "scope-default"
)

// Object is an object on a server.
type Object struct {
	Realm string // that it is in, or that it is
	Name  string
	ID    string // "" where it is not known
}

// Found is what a server has under the name of an object.
type Found struct {
	ID      string // "" for a realm, which has none
	Marker  string // of the run that created it, "" for none
	Reduced bool   // the admin may not see whether it has a marker
}

// behavior is what the kinds differ in. The zero value is that of a kind that nothing is known of.
type behavior struct {
	word   texts.Text
	find   func(context.Context, *keycloak.Admin, Object) (Found, error)
	named  func(ctx context.Context, a *keycloak.Admin, realm, id string) (string, error)
	remove func(ctx context.Context, a *keycloak.Admin, o Object, marker string) error
	takes  func(name, client string) bool
	calls  []string
}

var behaviors = map[Kind]behavior{Realm: realm, Client: client, User: user, Role: role, DefaultScope: scope, MovedScope: scope}

// Word returns the kind as a word of a sentence.
func (k Kind) Word() msg.Message {
	if word := behaviors[k].word; word != "" {
		return msg.New(word)
	}
	return msg.Verbatim(string(k))
}

// Find looks for an object by its name. The error for one that is not there is [failure.NotFound].
func (k Kind) Find(ctx context.Context, a *keycloak.Admin, o Object) (Found, error) {
	if find := behaviors[k].find; find != nil {
		return find(ctx, a, o)
	}
	return Found{}, nil
}

// Named returns the name that an object has by now, found by its id; "" for a kind whose id is its name.
func (k Kind) Named(ctx context.Context, a *keycloak.Admin, o Object) (string, error) {
	if named := behaviors[k].named; named != nil && o.ID != "" {
		return named(ctx, a, o.Realm, o.ID)
	}
	return "", nil
}

// Remove removes an object; a realm only if it has a run's marker.
func (k Kind) Remove(ctx context.Context, a *keycloak.Admin, o Object, marker string) error {
	if remove := behaviors[k].remove; remove != nil {
		return remove(ctx, a, o, marker)
	}
	return nil
}

// Takes reports whether the removal of an object of this kind and name removes all that belongs to a client in its realm.
func (k Kind) Takes(name, client string) bool {
	takes := behaviors[k].takes
	return takes != nil && takes(name, client)
}

// Calls returns the calls by which an object is found and removed, as the role matrix has them.
func (k Kind) Calls() []string { return behaviors[k].calls }
