package wizard

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"fix403/flows/gate"
	"fix403/flows/journal"
	"fix403/flows/manual"
	"fix403/flows/report"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
	"fix403/ui/words"
)

// verbatim writes lines that are not broken: they are there to be copied.
func (w *wizard) verbatim(text string) {
	for _, line := range strings.Split(strings.TrimRight(words.Clean(text), "\n"), "\n") {
		w.line("  " + line)
	}
}

func (w *wizard) hand(step *story.Step, name string) {
	form, ok := w.form(name)
	if !ok {
		return
	}
	w.print("By hand, %s. %s", form.Name, form.How)
	w.verbatim(manual.Render(w.Printer, step, form.Form, w.story.State()))
}

func (w *wizard) script(name string) {
	if form, ok := w.form(name); ok {
		w.verbatim(form.Form.Story(w.Printer, w.story.State()))
	}
}

func (w *wizard) save(name string) {
	form, ok := w.form(name)
	if !ok {
		return
	}
	if err := form.Save(w.Printer, w.story.State()); err != nil {
		w.failure(err)
		return
	}
	w.print("Saved as %s. It holds no secret.", form.File)
}

func (w *wizard) transcript() {
	if err := report.SaveTranscript(w.Printer, w.story.Snapshot()); err != nil {
		w.failure(err)
		return
	}
	w.put(w.T(report.TranscriptSaved))
}

// wire says the exchanges of a step in full.
func (w *wizard) wire(step *story.Step) {
	n := 0
	for _, e := range w.story.Exchanges() {
		if e.Step != string(step.ID) {
			continue
		}
		n++
		w.inFull(e)
	}
	if n == 0 {
		w.print("Nothing has been sent in this step yet.")
	}
}

// inFull says an exchange with all that was sent and answered.
func (w *wizard) inFull(e wire.Exchange) {
	w.print("Exchange %d: %s", e.ID, w.Say(e.Purpose))
	w.line(words.Line(w.T("  request: ") + e.Method + " " + e.URL))
	w.headers(e.RequestHeader)
	w.body(e.RequestBody, false)
	if e.Status == 0 {
		w.print("  no response: %s", e.Err)
		return
	}
	w.print("  answer after %s: %s", words.Took(e.Duration), gate.StatusName(e.Status))
	w.headers(e.ResponseHeader)
	w.body(e.ResponseBody, e.Truncated)
}

func (w *wizard) headers(h map[string][]string) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		w.line(words.Line(w.T("    header ") + name + ": " + strings.Join(h[name], ", ")))
	}
}

func (w *wizard) body(text string, truncated bool) {
	if text == "" {
		return
	}
	w.line(words.Line(w.T("    body: ") + text))
	if truncated {
		w.print("    the body continues; the rest was not recorded")
	}
}

// tokens says the tokens of the calls, and how they differ.
func (w *wizard) tokens() {
	st := w.story.State()
	if c := st.AudienceCall; c != nil {
		w.token("The token before the client scope", c.Token)
	} else if st.FirstCall == nil {
		w.print("The client has no token yet: make the first call.")
		return
	}
	if st.FirstCall == nil {
		return
	}
	w.token("The token of the first call", st.FirstCall.Token)
	if st.SecondCall == nil {
		return
	}
	w.token("The token of the second call", st.SecondCall.Token)
	d := token.Compare(st.FirstCall.Token, st.SecondCall.Token)
	for _, r := range d.AddedRoles {
		w.print("  Added: %s of %s", r.Role, r.Client)
	}
	for _, r := range d.RemovedRoles {
		w.print("  Gone: %s of %s", r.Role, r.Client)
	}
	if len(d.AddedRoles)+len(d.RemovedRoles) == 0 {
		w.print("  The roles are the same.")
	}
}

func (w *wizard) token(what texts.Text, token *token.Token) {
	w.put(w.T(what) + ":")
	clock := func(at time.Time) string {
		if at.IsZero() {
			return w.T("unknown")
		}
		return at.Local().Format("15:04:05")
	}
	w.print("  client: %s; user: %s", token.AuthorizedParty, token.Username)
	w.print("  issued by %s at %s, valid until %s", token.Issuer, clock(token.IssuedAt), clock(token.ExpiresAt))
	if w.story != nil { // else it is the token of a diagnosis
		if st := w.story.State(); st.AudienceShown || st.AudienceCall != nil {
			w.print("  audience: %s", texts.List(token.Audience))
		}
	}
	w.print("  realm roles: %s", strings.Join(token.RealmRoles, ", "))
	for _, client := range slices.Sorted(maps.Keys(token.ClientRoles)) {
		w.print("  roles of %s: %s", client, strings.Join(token.ClientRoles[client], ", "))
	}
	w.print("  of realm-management: %s", w.Roles(token))
}

// try makes the story's call at another URL.
func (w *wizard) try(ctx context.Context, url string) error {
	if url == "" {
		w.print("Type try and a URL, such as: try %s", w.story.State().CallURL())
		return nil
	}
	call, err := w.story.Try(ctx, url)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		w.failure(err)
		return nil
	}
	w.exchange(call.Exchange, w.story.State())
	w.put("  " + w.Say(call.Refusal.Explanation))
	w.body(call.Exchange.ResponseBody, call.Exchange.Truncated)
	return nil
}

// secret shows the client's secret: to whom typed the word.
func (w *wizard) secret() {
	s := w.story.ClientSecret()
	if s.Empty() {
		w.print("There is no client secret yet.")
		return
	}
	st := w.story.State()
	w.line(words.Line(w.T("  client %s of the realm %s at %s", st.Params.ClientID, st.Params.Realm, st.URL)))
	w.line(w.T("  secret: ") + words.Line(s.Reveal()))
}

// isYes takes the word in English, too.
func (w *wizard) isYes(text string) bool {
	return strings.EqualFold(text, "yes") || strings.EqualFold(text, w.T("yes"))
}

// sure asks before something is undone.
func (w *wizard) sure(ctx context.Context, question texts.Text) (bool, error) {
	text, err := w.ask(ctx, w.T(question)+w.T(" Type yes; enter leaves it> "))
	return w.isYes(text), err
}

func (w *wizard) remove(ctx context.Context) error {
	ok, err := w.sure(ctx, "Remove what this run created, with everything in it?")
	if err != nil || !ok {
		return err
	}
	if err := w.story.Cleanup(ctx); err != nil {
		w.failure(err)
		return ctx.Err()
	}
	w.put(w.Removal(w.story.State()))
	return nil
}

// restart takes all back, after a question.
func (w *wizard) restart(ctx context.Context) (done bool, err error) {
	if w.story.State().Results[story.StepConnect].Status != story.StatusPassed {
		w.print("There is nothing to start again: connect first.")
		return false, nil
	}
	ok, err := w.sure(ctx, "Undo everything the story did, and start again?")
	if err != nil || !ok {
		return false, err
	}
	said, err := w.story.Restart(ctx)
	w.put(w.Say(said))
	if err != nil {
		w.failure(err)
		return false, ctx.Err()
	}
	clear(w.guessed)
	clear(w.hinted)
	return true, nil
}

// resume offers to go on with a run that was left before its end. It returns nil for none, or when it is left.
func (w *wizard) resume(ctx context.Context) (*journal.Unfinished, error) {
	o := w.o.Story
	runs, err := o.Journal.Unfinished()
	if err != nil {
		w.print("The journal of earlier runs cannot be read: %v", err)
		return nil, nil
	}
	i := slices.IndexFunc(runs, func(u journal.Unfinished) bool { return o.URL == "" || u.On(o.URL) })
	if i < 0 {
		return nil, nil
	}
	w.print("")
	w.put(w.Unfinished(runs[i]))
	ok, err := w.sure(ctx, "Continue with it?")
	if err != nil || !ok {
		return nil, err
	}
	return &runs[i], nil
}

// goOnWith looks at the server what the earlier run left, once the admin is logged in, and returns the step to go on at.
func (w *wizard) goOnWith(ctx context.Context) (int, error) {
	w.print("Checking what the earlier run left ...")
	before := len(w.story.Exchanges())
	id, err := w.story.Resume(ctx)
	w.exchanges(before)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err != nil {
		w.failure(err)
	}
	w.list()
	return slices.IndexFunc(story.Steps(), func(s *story.Step) bool { return s.ID == id }), nil
}
