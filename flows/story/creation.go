package story

import (
	"context"

	"fix403/flows/kind"
	"fix403/flows/story/made"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
)

// creation is what a step knows of the one object that it creates.
type creation struct {
	kind kind.Kind
	name func(State) string // that it has in the story
	as   texts.Text         // it, in a list of what is left: "the realm %s"
	// trustsID: the id alone shows that it is the one that was created.
	trustsID bool
	// found returns what the check found, once the step has passed.
	found func(State) kind.Found
}

// creationOf returns what a kind of object is to the story, nil for one that no step creates.
func creationOf(k kind.Kind) *creation {
	for _, s := range steps {
		if s.creates != nil && s.creates.kind == k {
			return s.creates
		}
	}
	return nil
}

// leaves names the objects that were created and not removed, or else the one that was found.
func (c *creation) leaves(st State, remains bool) msg.Message {
	var left []msg.Message
	for _, o := range st.Of(c.kind) {
		left = append(left, msg.New(c.as, o.Name))
	}
	if left == nil && remains {
		left = append(left, msg.New(c.as, c.name(st)))
	}
	return msg.List(", ", left...)
}

// goneWith reports whether the story's object of this kind goes with another one: with its realm, or since it is that one.
func (c *creation) goneWith(st State, o made.Object) bool {
	return o.Kind == kind.Realm || o.Kind == c.kind && o.Name == c.name(st)
}

// undoCreated is the undo of a step that creates an object.
func undoCreated(k kind.Kind) func(context.Context, *Story) (msg.Message, error) {
	return func(ctx context.Context, s *Story) (msg.Message, error) { return s.undoCreated(ctx, k) }
}
