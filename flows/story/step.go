package story

import (
	"context"
	"net/http"
	"slices"

	"fix403/flows/params"
	"fix403/flows/script"
	"fix403/flows/story/guess"
	"fix403/flows/story/made"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
)

// Step is one step of the story: what it is about as data, and what it does as functions.
type Step struct {
	ID        StepID
	Title     texts.Text
	Goal      texts.Text // what will be true afterwards
	Why       texts.Text // what it is good for, for a reader who does it for the first time
	Action    texts.Text // what the button says
	Inputs    []Input
	Questions []Question
	Manual    script.Step

	alone bool          // nobody else can do it
	place int           // among the steps: a smaller one comes first
	hints [3]texts.Text // a nudge, where to look, the answer
	// otherHints are those of a server on which the step goes otherwise, nil where it does not.
	otherHints func(*State) []texts.Text
	moments    []Moment // of the demo

	// do brings the server into the step's state.
	do func(context.Context, *Story) (outcome, error)
	// check reads the server back and says what it saw. It needs nothing of what do found out.
	check func(context.Context, *Story) (outcome, error)
	// look does what a check by itself does, where there is nothing on the server to read; nil for check.
	look func(context.Context, *Story) (outcome, error)
	// undo takes back what do created, or logs out; nil when there is nothing to take back.
	undo func(context.Context, *Story) (said msg.Message, err error)
	// undoable reports whether there is something to undo; nil for always.
	undoable func(*State) bool
	// peek looks for what a person can do by hand while the step waits, where check does not; nil for check. It is only
	// looked while halfway reports that there is something to wait for.
	peek    func(context.Context, *Story) (outcome, error)
	halfway func(*State) bool
	// action is what the button says halfway.
	action texts.Text
	// forget drops what do and check found out, when the step is open again.
	forget func(*Story, *State)
	// creates is what the step creates one object of; nil for one that creates none.
	creates *creation
	// leaves returns what the step left on the server; nil for [creation.leaves].
	leaves func(*State) msg.Message
	// goneWith notes what goes with an object that is there no longer, and reports whether what the step left does; nil for
	// [creation.goneWith].
	goneWith func(*State, made.Object) bool
	// calls are those of the client that the step is about, as far as they were made.
	calls func(*State) []NamedCall
	// explain returns what the outcome means, from what was seen.
	explain func(*State) msg.Message
}

// outcome is what a step did and what it saw, a sentence each, and further things to say.
type outcome struct {
	done, checked msg.Message
	notes         []msg.Message
	halfway       bool // the step is not done: its second part waits for the person
}

// NamedCall is a call of a step, and which one it is.
type NamedCall struct {
	Name texts.Text
	*Call
}

// named returns a call under a name, nothing where it was not made.
func named(name texts.Text, c *Call) []NamedCall {
	if c == nil {
		return nil
	}
	return []NamedCall{{name, c}}
}

// Calls returns the calls of the client that the step is about, as far as they were made.
func (s *Step) Calls(st *State) []NamedCall {
	if s.calls == nil {
		return nil
	}
	return s.calls(st)
}

// Question is a prediction to make before a step.
type Question struct {
	Ask     texts.Text
	Choices []texts.Text
	// Wrong are the replies to wrong guesses.
	Wrong guess.Replies
	// answer tells, after the step, which choice came true: its index, or -1 if none did.
	answer func(*State) int
}

// Reply returns what is said to a wrong guess: what it mistakes for what. "" where there is nothing to say.
func (q Question) Reply(guessed, truth int) texts.Text {
	return q.Wrong[guess.Pair{Guess: guessed, Truth: truth}]
}

// Answer tells which choice came true (an index of Choices, -1 for none). It is only meaningful after the step passed.
func (q Question) Answer(s *State) int { return q.answer(s) }

// Explain returns what the step's outcome means; nothing before it has passed.
func (s *Step) Explain(state *State) msg.Message {
	if s.explain == nil || state.Results[s.ID].Status != StatusPassed {
		return msg.Message{}
	}
	return s.explain(state)
}

// Hints returns the step's hints, to be given one at a time: a nudge, where to look, the answer.
func (s *Step) Hints(st *State) []texts.Text {
	if s.otherHints != nil {
		if hints := s.otherHints(st); hints != nil {
			return hints
		}
	}
	return s.hints[:]
}

// Halfway reports whether the first of the step's two parts is done, and the second waits.
func (s *Step) Halfway(st *State) bool { return s.halfway != nil && s.halfway(st) }

// Button returns what the step's button says.
func (s *Step) Button(st *State) texts.Text {
	if s.Halfway(st) {
		return s.action
	}
	return s.Action
}

// CanUndo reports whether the step leaves something to undo.
func (s *Step) CanUndo(st *State) bool { return s.undo != nil && (s.undoable == nil || s.undoable(st)) }

// CanCheck reports whether the check can find the step done by another person: nobody else can log in here.
func (s *Step) CanCheck() bool { return !s.alone }

func (s *Step) has(input string) bool {
	return slices.ContainsFunc(s.Inputs, func(i Input) bool { return i.Name == input })
}

// Steps returns the steps of the story in order. Which inputs apply is told by [Story.Inputs].
func Steps() []*Step { return steps }

// StepByID returns a step, or nil.
func StepByID(id StepID) *Step {
	for _, s := range steps {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// Input is a field of a step.
type Input struct {
	Name   string // as in [Story.Set]
	Label  texts.Text
	Help   texts.Text
	Secret bool // never shown, never stored

	Optional bool               // may be empty
	For      func(Options) bool // whether it applies; nil: always
	Given    bool               // a secret that has been given already: empty keeps it. Set by [Story.Inputs]
	Value    string             // as it is now; "" for a secret. Set by [Story.Inputs]
}

func onRealServer(o Options) bool { return !o.Practice }

func withPassword(o Options) bool { return !o.Practice && params.AsksForUser(o.Credentials) }

// steps are in order; each file of a step adds its own.
var steps []*Step

// add puts a step at its place among the others.
func add(s *Step) {
	i, _ := slices.BinarySearchFunc(steps, s, func(a, b *Step) int { return a.place - b.place })
	steps = slices.Insert(steps, i, s)
}

// position is the index of a step in the story, -1 for one that there is not.
func position(id StepID) int {
	return slices.IndexFunc(steps, func(s *Step) bool { return s.ID == id })
}

func statusChoice(c *Call) int {
	if c == nil {
		return -1
	}
	return slices.Index([]int{http.StatusOK, http.StatusUnauthorized, http.StatusForbidden}, c.Refusal.Status)
}
