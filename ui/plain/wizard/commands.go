package wizard

import (
	"strconv"
	"strings"

	"fix403/flows/manual"
	"fix403/flows/story"
	"fix403/flows/texts"
)

// word is a command that may be typed at a prompt.
type word string

// The words. goOn is enter alone.
const (
	goOn       word = ""
	back       word = "back"
	next       word = "next"
	gotoStep   word = "goto"
	hint       word = "hint"
	byHand     word = "hand"
	check      word = "check"
	undo       word = "undo"
	restart    word = "restart"
	steps      word = "steps"
	wireWord   word = "wire"
	tokenWord  word = "token"
	try        word = "try"
	secret     word = "secret"
	script     word = "script"
	save       word = "save"
	transcript word = "transcript"
	remove     word = "remove"
	existing   word = "existing"
	help       word = "help"
	leave      word = "quit"
)

// wordHelp says what the words do, in the order of the help. Those that are everywhere are also taken where a name is
// asked for; the others would be good names.
var wordHelp = []struct {
	word       word
	argument   texts.Text
	everywhere bool
	says       texts.Text
}{
	{back, "", true, "the previous step; the server is not changed"},
	{next, "", false, "the next step, once this one has passed"},
	{gotoStep, "N", true, "the step with this number: any finished one, and the next"},
	{steps, "", false, "the state of each step, and what it left on the server"},
	{hint, "", true, "a hint: first a nudge, then where to look, then the answer"},
	{byHand, "console, curl, kcadm, terraform or typescript", false, "the same by hand; curl, when none is named"},
	{check, "", true, "check whether the server already has what this step needs, by whatever means"},
	{undo, "", true, "undo what this step created, and reopen it and the later ones"},
	{restart, "", true, "undo everything the story did, and start again"},
	{wireWord, "", false, "each exchange of this step in full; secrets are masked"},
	{tokenWord, "", false, "the tokens of the calls, decoded, and how they differ"},
	{try, "URL", false, "the call of the story at another URL, after it was made"},
	{secret, "", false, "the client's secret, shown once"},
	{script, "console, curl, kcadm, terraform or typescript", false, "the whole story by hand"},
	{save, "console, curl, kcadm, terraform or typescript", false, "the same, saved as a file in this folder"},
	{transcript, "", false, "a transcript of the run, saved in this folder as HTML and as Markdown"},
	{remove, "", false, "remove what this run created"},
	{existing, "", false, "work inside the existing realm, which fix403 did not create: creates only a client and a user"},
	{help, "", true, "this list"},
	{leave, "", true, "quit; what is on the server stays"},
}

// command is a word with what follows it.
type command struct {
	word word
	rest string
}

// isCommand reads a line as a command. inField leaves out the words that could be meant as a name.
func isCommand(text string, inField bool) (command, bool) {
	first, rest, _ := strings.Cut(text, " ")
	for _, h := range wordHelp {
		if strings.EqualFold(first, string(h.word)) && (h.everywhere || !inField) && (h.argument != "" || rest == "") {
			return command{h.word, strings.TrimSpace(rest)}, true
		}
	}
	return command{}, false
}

func (w *wizard) help() {
	w.print("Enter accepts the suggestion. Words:")
	for _, h := range wordHelp {
		name := string(h.word)
		if h.argument != "" {
			name += " " + w.T(h.argument)
		}
		w.put("  " + name + ": " + w.T(h.says))
	}
	w.print("At a prompt for a name, only these are commands: %s.", strings.Join(fieldWords(), ", "))
}

func fieldWords() []string {
	var names []string
	for _, h := range wordHelp {
		if h.everywhere {
			names = append(names, string(h.word))
		}
	}
	return names
}

// form is the way by hand that was named; curl for none.
func (w *wizard) form(name string) (manual.FormInfo, bool) {
	if name == "" {
		name = string(manual.FormCurl)
	}
	var names []string
	for _, f := range manual.Forms() {
		if strings.EqualFold(name, string(f.Form)) {
			return f, true
		}
		names = append(names, string(f.Form))
	}
	w.print("%q is not one of the ways: type one of %s.", name, strings.Join(names, ", "))
	return manual.FormInfo{}, false
}

// stepNumber reads the argument of goto. For a step that is not open, it says why, and ok is false.
func (w *wizard) stepNumber(text string) (i int, ok bool) {
	all := story.Steps()
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > len(all) {
		w.print("Type goto and a number from 1 to %d, as goto 2.", len(all))
		return 0, false
	}
	open, left := w.story.Next()
	for i, step := range all {
		if left && step.ID == open && n-1 > i {
			w.print("Step %d opens when step %d (%s) has passed.", n, i+1, step.Title)
			return 0, false
		}
	}
	return n - 1, true
}

// leaves says what a step left on the server, when the user goes back from it.
func (w *wizard) leaves(step *story.Step) {
	if left := step.Leftover(w.story.State()); !left.Empty() {
		w.print("Nothing is undone: %s stays on the server. undo at this step removes it; restart undoes everything.", left)
	}
}

func (w *wizard) list() {
	st := w.story.State()
	open, left := w.story.Next()
	for i, step := range story.Steps() {
		var state texts.Text = "  %d %s: locked"
		switch {
		case st.Results[step.ID].Status == story.StatusPassed:
			state = "  %d %s: done"
		case st.Results[step.ID].Status == story.StatusFailed:
			state = "  %d %s: failed"
		case left && step.ID == open:
			state = "  %d %s: open"
		}
		line := w.T(state, i+1, step.Title)
		if stays := step.Leftover(st); !stays.Empty() {
			line += w.T("; on the server: %s", stays)
		}
		w.put(line)
	}
}
