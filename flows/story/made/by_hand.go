package made

import (
	"slices"
	"strings"

	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/flows/problem"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// ByHand is what was made by hand while a run waited for it.
type ByHand struct {
	Found  []journal.Entry
	absent map[absence]bool
}

// absence is a name under which nothing was found on the server while the run was there.
type absence struct {
	kind        kind.Kind
	realm, name string
}

// Missing remembers that something was looked for and is missing: what stands there later was made meanwhile, by hand.
func (h *ByHand) Missing(k kind.Kind, realm, name string) {
	if h.absent == nil {
		h.absent = map[absence]bool{}
	}
	h.absent[absence{k, realm, name}] = true
}

// Made reports whether something without the mark of the run was made by hand while the run waited for it, and has that
// journaled, so that a run that goes on later knows it, too.
func (h *ByHand) Made(e journal.Entry, story *journal.StoryNames, j *journal.Journal) (bool, error) {
	if slices.ContainsFunc(h.Found, func(o journal.Entry) bool {
		return o.Kind == e.Kind && o.Realm == e.Realm && o.Name == e.Name && (o.ID == e.ID || e.Kind == kind.Realm)
	}) {
		return true, nil
	}
	if !h.absent[absence{e.Kind, e.Realm, e.Name}] {
		return false, nil
	}
	h.Found = append(h.Found, e)
	e.Story = story
	return true, j.Write(journal.EventByHand, e)
}

// ByHandNote says that what was made by hand is not ours to remove.
func ByHandNote(k kind.Kind) msg.Message {
	return msg.New("The %s was created by hand while fix403 waited: the story uses it, and fix403 will not remove it.", k.Word())
}

// Acceptable refuses an object that was there before by the differences that the story cannot live with; the others are
// notes.
func Acceptable(k kind.Kind, name string, differs []keycloak.Difference, fatal func(keycloak.Difference) bool) error {
	var bad []string
	for _, d := range differs {
		if fatal(d) {
			bad = append(bad, d.String())
		}
	}
	if bad == nil {
		return nil
	}
	return problem.Refused("differs", "Change it by hand, or choose another name.",
		"The %s %s differs from what the story needs: %s. It was left unchanged.", k.Word(), name, strings.Join(bad, "; "))
}

// DifferNotes say how an object that was there before differs from one that the story would create.
func DifferNotes(k kind.Kind, differs []keycloak.Difference) []msg.Message {
	var notes []msg.Message
	for _, d := range differs {
		notes = append(notes, msg.New("The %s already existed: %s. It was left unchanged.", k.Word(), d))
	}
	return notes
}
