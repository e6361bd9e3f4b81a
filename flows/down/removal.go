package down

import (
	"slices"
	"time"

	"fix403/flows/change"
	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// Removal is an object that [Down] found, and what becomes of it.
type Removal struct {
	Kind    kind.Kind
	Realm   string
	Name    string
	ID      string
	Remove  bool        // it is ours and there, or was answered for
	Left    bool        // it is there, and not known to be ours
	InDoubt bool        // it may be ours, or may still come
	Removed bool        // by [Down.Remove]
	Why     msg.Message // it is removed, or left
	// Question is what a person has to answer before it is removed, and Doubt why; empty for nothing. With Remove set it is
	// answered.
	Question, Doubt msg.Message
	Err             error // why it could not be looked at or removed

	entry   journal.Entry
	entries []journal.Entry // what the journal has of it
	mark    string          // of the realm that was looked at
	gone    bool
	change  *change.Change // undone in place of a removal
}

// mask masks secrets in what is said of it: a server may have put one into a mark.
func (r *Removal) mask(known *wire.Recorder) {
	r.Why, r.Question, r.Doubt, r.Err = r.Why.Map(known.Mask), r.Question.Map(known.Mask), r.Doubt.Map(known.Mask), known.MaskError(r.Err)
}

// doubt says why a person has to be asked.
func (r *Removal) doubt(why, question msg.Message) {
	r.Left, r.InDoubt, r.Question, r.Doubt, r.Why = true, true, question, why, msg.New("left: %s", why)
}

// markAbsent says that nothing is there to be removed, or perhaps not yet.
func (r *Removal) markAbsent(now time.Time) {
	future := slices.IndexFunc(r.entries, func(e journal.Entry) bool { return e.Time.Sub(now) >= journal.CreationGrace })
	switch {
	case r.entry.Run == "":
		r.Why = msg.New("not there")
	case slices.ContainsFunc(r.entries, func(e journal.Entry) bool { return e.Pending(now) }):
		r.InDoubt = true
		r.Why = msg.New("not there, but its creation was never confirmed, and the server may still be at it: check again in two minutes")
	case future >= 0:
		r.Why, r.gone = msg.New("already gone (the journal dates it %s, which is in the future: was the clock set back?)", r.entries[future].Time.Format(time.DateOnly)), true
	default:
		r.Why, r.gone = msg.New("already gone"), true
	}
}

// Label returns its name, or what the change is that is undone.
func (r Removal) Label() msg.Message {
	if r.change != nil {
		return r.change.Description()
	}
	return msg.Verbatim(r.Name)
}

// title returns what is removed or undone, as in "realm shop", in the language of the whole.
func (r Removal) title() msg.Message {
	if r.change != nil {
		return msg.New("the change that %s", r.change.Description())
	}
	return msg.List(" ", r.Kind.Word(), msg.Verbatim(r.Name))
}

// Would says what [Down.Remove] does with it, as a part of a question.
func (r Removal) Would() msg.Message {
	if r.change != nil {
		return msg.New("undo the change that %s", r.change.Description())
	}
	return msg.New("remove the %s %s", r.Kind.Word(), r.Name)
}

// Done says what was done, once it is [Removal.Removed].
func (r Removal) Done() msg.Message {
	if r.change != nil {
		return msg.New("Undone: the change that %s.", r.change.Description())
	}
	return msg.New("Removed the %s %s.", r.Kind.Word(), r.Name)
}
