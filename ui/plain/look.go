package plain

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
	"fix403/keycloak"
	"fix403/ui/words"
)

// verbatim writes lines that are not broken: they are there to be copied.
func (t *teller) verbatim(text string) {
	for _, line := range strings.Split(strings.TrimRight(words.Clean(text), "\n"), "\n") {
		t.line("  " + line)
	}
}

func (t *teller) hand(step *story.Step, name string) {
	form, ok := t.form(name)
	if !ok {
		return
	}
	t.print("By hand, %s. %s", form.Name, form.How)
	t.verbatim(manual.Step(step, form.Form, t.story.State()))
}

func (t *teller) script(name string) {
	if form, ok := t.form(name); ok {
		t.verbatim(form.Form.Story(t.story.State()))
	}
}

func (t *teller) save(name string) {
	form, ok := t.form(name)
	if !ok {
		return
	}
	if err := form.Save(t.story.State()); err != nil {
		t.failure(err)
		return
	}
	t.print("Saved as %s. It holds no secret.", form.File)
}

func (t *teller) transcript() {
	if err := report.SaveTranscript(t.story); err != nil {
		t.failure(err)
		return
	}
	t.put(texts.T(report.TranscriptSaved))
}

// wire says the exchanges of a step in full.
func (t *teller) wire(step *story.Step) {
	n := 0
	for _, e := range t.story.Exchanges() {
		if e.Step != string(step.ID) {
			continue
		}
		n++
		t.inFull(e)
	}
	if n == 0 {
		t.print("Nothing has been sent in this step yet.")
	}
}

// inFull says an exchange with all that was sent and answered.
func (t *teller) inFull(e keycloak.Exchange) {
	t.print("Exchange %d: %s", e.ID, texts.Say(e.Purpose))
	t.line(words.Line(texts.T("  request: ") + e.Method + " " + e.URL))
	t.headers(e.RequestHeader)
	t.body(e.RequestBody, false)
	if e.Status == 0 {
		t.print("  no answer: %s", e.Err)
		return
	}
	t.print("  answer after %s: %s", words.Took(e.Duration), gate.StatusName(e.Status))
	t.headers(e.ResponseHeader)
	t.body(e.ResponseBody, e.Truncated)
}

func (t *teller) headers(h map[string][]string) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		t.line(words.Line(texts.T("    header ") + name + ": " + strings.Join(h[name], ", ")))
	}
}

func (t *teller) body(text string, truncated bool) {
	if text == "" {
		return
	}
	t.line(words.Line(texts.T("    body: ") + text))
	if truncated {
		t.print("    the body goes on; the rest was not kept")
	}
}

// tokens says the tokens of the calls, and how they differ.
func (t *teller) tokens() {
	st := t.story.State()
	if st.FirstCall == nil {
		t.print("There is no token of the client yet: make the first call.")
		return
	}
	t.token("The token of the first call", st.FirstCall.Token)
	if st.SecondCall == nil {
		return
	}
	t.token("The token of the second call", st.SecondCall.Token)
	d := keycloak.CompareTokens(st.FirstCall.Token, st.SecondCall.Token)
	for _, r := range d.AddedRoles {
		t.print("  Added: %s of %s", r.Role, r.Client)
	}
	for _, r := range d.RemovedRoles {
		t.print("  Gone: %s of %s", r.Role, r.Client)
	}
	if len(d.AddedRoles)+len(d.RemovedRoles) == 0 {
		t.print("  The roles are the same.")
	}
}

func (t *teller) token(what texts.Text, token *keycloak.Token) {
	t.put(texts.T(what) + ":")
	clock := func(at time.Time) string {
		if at.IsZero() {
			return texts.T("not said")
		}
		return at.Local().Format("15:04:05")
	}
	t.print("  client: %s; user: %s", token.AuthorizedParty, token.Username)
	t.print("  issued by %s at %s, good until %s", token.Issuer, clock(token.IssuedAt), clock(token.ExpiresAt))
	t.print("  realm roles: %s", strings.Join(token.RealmRoles, ", "))
	for _, client := range slices.Sorted(maps.Keys(token.ClientRoles)) {
		t.print("  roles of %s: %s", client, strings.Join(token.ClientRoles[client], ", "))
	}
	t.print("  of realm-management: %s", words.Roles(token))
}

// try makes the story's call at another URL.
func (t *teller) try(ctx context.Context, url string) error {
	if url == "" {
		t.print("Type try and a URL, such as: try %s", t.story.State().CallURL())
		return nil
	}
	call, err := t.story.Try(ctx, url)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		t.failure(err)
		return nil
	}
	t.exchange(call.Exchange, t.story.State())
	t.put("  " + call.Stop.Means)
	t.body(call.Exchange.ResponseBody, call.Exchange.Truncated)
	return nil
}

// secret shows the client's secret: to whom typed the word.
func (t *teller) secret() {
	s := t.story.ClientSecret()
	if s.Empty() {
		t.print("There is no client secret yet.")
		return
	}
	st := t.story.State()
	t.line(words.Line(texts.T("  client %s of the realm %s at %s", st.Params.ClientID, st.Params.Realm, st.URL)))
	t.line(texts.T("  secret: ") + words.Line(s.Reveal()))
}

// isYes takes the word in English, too.
func isYes(text string) bool {
	return strings.EqualFold(text, "yes") || strings.EqualFold(text, texts.T("yes"))
}

// sure asks before something is taken back.
func (t *teller) sure(ctx context.Context, question texts.Text) (bool, error) {
	text, err := t.ask(ctx, texts.T(question)+texts.T(" Type yes; enter leaves it> "))
	return isYes(text), err
}

func (t *teller) remove(ctx context.Context) error {
	ok, err := t.sure(ctx, "Remove what this run created, with everything in it?")
	if err != nil || !ok {
		return err
	}
	if err := t.story.Cleanup(ctx); err != nil {
		t.failure(err)
		return ctx.Err()
	}
	t.put(words.Removal(t.story.State()))
	return nil
}

// restart takes all back, after a question.
func (t *teller) restart(ctx context.Context) (done bool, err error) {
	if t.story.State().Results[story.StepConnect].Status != story.StatusPassed {
		t.print("There is nothing to start again: connect first.")
		return false, nil
	}
	ok, err := t.sure(ctx, "Take back all that the story did, and start it again?")
	if err != nil || !ok {
		return false, err
	}
	said, err := t.story.Restart(ctx)
	t.put(said)
	if err != nil {
		t.failure(err)
		return false, ctx.Err()
	}
	clear(t.guessed)
	clear(t.hinted)
	return true, nil
}

// resume offers to go on with a run that was left before its end. It returns nil for none, or when it is left.
func (t *teller) resume(ctx context.Context) (*journal.Unfinished, error) {
	o := t.o.Story
	runs, err := o.Journal.Unfinished()
	if err != nil {
		t.print("The journal of earlier runs can not be read: %v", err)
		return nil, nil
	}
	i := slices.IndexFunc(runs, func(u journal.Unfinished) bool { return o.URL == "" || u.On(o.URL) })
	if i < 0 {
		return nil, nil
	}
	t.print("")
	t.put(words.Unfinished(runs[i]))
	ok, err := t.sure(ctx, "Go on with it?")
	if err != nil || !ok {
		return nil, err
	}
	return &runs[i], nil
}

// goOnWith looks at the server what the earlier run left, once the admin is logged in, and returns the step to go on at.
func (t *teller) goOnWith(ctx context.Context) (int, error) {
	t.print("Looking what the earlier run left ...")
	before := len(t.story.Exchanges())
	id, err := t.story.Resume(ctx)
	t.exchanges(before)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err != nil {
		t.failure(err)
	}
	t.list()
	return slices.IndexFunc(story.Steps(), func(s *story.Step) bool { return s.ID == id }), nil
}
