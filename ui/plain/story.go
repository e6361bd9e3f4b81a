package plain

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"fix403/flows/gate"
	"fix403/flows/manual"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/flows/versions"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// serverName names the server of a story.
func (l Lines) serverName(s *story.State) string {
	if s.Practice {
		return l.T("the practice server, which responds like Keycloak %s", versions.Name(s.As))
	}
	return s.URL
}

// Begin says where the story is told.
func (l Lines) Begin(s *story.State) {
	l.Printf("%s\n\n", l.paragraph(0, l.in(heading, l.T("From 403 to 200 on %s.", l.serverName(s)))))
}

// Teller returns what says what happens in a story, each step in a line or a few: what it does while it does it, where that can be
// seen, and then what came of it.
func (c Console) Teller() func(story.Event) {
	t := &teller{Lines: c.Lines}
	for _, step := range story.Steps() {
		t.column = max(t.column, ansi.StringWidth(t.T(step.Title))+indentation)
	}
	return t.event
}

// called is how far calls came, and which ones.
type called struct {
	gates ink
	which []string
}

// teller has what a step showed so far.
type teller struct {
	Lines
	column  int      // in which what was checked stands
	calls   []called // of the step, those that differ
	pending bool     // the last line is overwritten
}

func (t *teller) event(e story.Event) {
	step := story.StepByID(e.Step)
	if step == nil {
		return
	}
	switch {
	case e.Started:
		t.calls = nil
		t.doing(step, "")
	case e.Request != nil && !e.Request.Again.Empty():
		t.clear()
		t.Printf("  ... %s\n", t.Say(e.Request.Again))
	case e.Request != nil:
		t.doing(step, t.Say(e.Request.Purpose))
	case e.Exchange != nil:
		if x := *e.Exchange; !strings.Contains(x.URL, "/role-mappings") && (step.ID == story.StepFirstCall || step.ID == story.StepSecondCall) && strings.Contains(x.URL, "/users/") {
			t.call(x)
		}
	case e.Result != nil:
		t.clear()
		t.done(step, e.Result)
	}
}

// call keeps how far a call came. Those that came to the same end share a row.
func (t *teller) call(x wire.Exchange) {
	row, which := t.gates(gate.Classify(x)), t.Say(x.Purpose)
	for i, c := range t.calls {
		if c.gates == row {
			t.calls[i].which = append(c.which, which)
			return
		}
	}
	t.calls = append(t.calls, called{row, []string{which}})
}

// doing says on a line that is overwritten what is under way.
func (t *teller) doing(step *story.Step, what string) {
	if t.Look.theme == nil {
		return
	}
	t.clear()
	line := "  " + t.T(step.Title)
	if what != "" {
		line = words.Pad(line, t.column+indentation+1) + " " + what
	}
	t.Printf("%s", t.in(dim, words.Fit(words.Line(line), t.Look.width-1)))
	t.pending = true
}

func (t *teller) clear() {
	if t.pending {
		t.Printf("\r%s\r", ink(strings.Repeat(" ", t.Look.width-1)))
	}
	t.pending = false
}

func (t *teller) done(step *story.Step, r *story.Result) {
	style, sign, word := good, func(g kit.Glyphs) string { return g.Done }, "ok  "
	if r.Err != nil || step.ID == story.StepFirstCall {
		style, sign = bad, func(g kit.Glyphs) string { return g.Failed }
	}
	text := ink(words.Line(t.Say(r.Checked)))
	if r.Err != nil {
		word, text = "STOP", ""
	}
	label := t.sign(style, sign, word) + " " + t.in(heading, t.T(step.Title))
	t.Printf("%s\n", t.beside(label, t.column+indentation+len(word)*t.bare(), text))
	for _, c := range t.calls {
		t.Printf("%s\n  %s\n", t.paragraph(indentation, t.in(dim, strings.Join(c.which, "; ")+":")), c.gates)
	}
	for _, note := range r.Notes {
		t.Printf("%s\n", t.paragraph(indentation, ink(words.Line(t.T("note: %s", note)))))
	}
}

// bare is 1 for lines that have words in the place of signs.
func (l Lines) bare() int {
	if l.Look.theme == nil {
		return 1
	}
	return 0
}

// comparison is the end of the story: the calls side by side, and what they mean.
func (l Lines) comparison(s *story.State) {
	calls := []struct {
		label texts.Text
		call  *story.Call
	}{{"before the client scope", s.AudienceCall}, {"before the grant", s.FirstCall}, {"old token after the grant", s.OldTokenCall}, {"new token after the grant", s.SecondCall}}
	first, second, gap := 0, 0, 2
	if l.Look.width > 0 && l.Look.width < usualWidth+gap {
		gap = 1
	}
	for _, c := range calls {
		if c.call != nil {
			first = max(first, ansi.StringWidth(l.T(c.label))+gap)
			second = max(second, ansi.StringWidth(string(l.Status(c.call.Exchange.Status)))+gap)
		}
	}
	row := func(label texts.Text, answer, roles ink) {
		head := l.beside(ink(l.T(label)), first, "") + l.beside(answer, second, "")
		l.Printf("%s\n", l.beside(head, first+second, roles))
	}
	l.Printf("\n")
	row("", l.in(dim, l.T("answer")), l.in(dim, l.T("roles in the token")))
	for _, c := range calls {
		if c.call == nil {
			continue
		}
		roles := l.RoleNames(c.call.Token.Roles(keycloak.RealmManagement))
		if roles == "" {
			roles = l.T("none")
		}
		row(c.label, l.Status(c.call.Exchange.Status), ink(words.Line(roles)))
	}
	l.Printf("\n%s\n", l.wrap(l.Say(story.OldToken(s))))
	l.Printf("%s\n", l.paragraph(0, l.in(heading, l.T("401: who are you? 403: you may not. One role made the difference."))))
}

// next says what to do after a story.
func (l Lines) next() {
	l.Printf("\n")
	for i, n := range []struct {
		command string
		what    texts.Text
	}{{"fix403", "the same, step by step"}, {"fix403 lab", "break each gate and see the response"}, {"fix403 doctor", "why your own call fails"}} {
		label := ink("")
		if i == 0 {
			label = l.in(dim, l.T("Next"))
		}
		l.Printf("%s\n", l.beside(l.beside(label, 8, l.in(accent, n.command)), 24, ink(l.T(n.what))))
	}
}

// envWritten says where --write-env wrote.
func (l Lines) envWritten(path string) {
	l.Printf("\n%s\n", l.T("Wrote URL, realm, client id and secret to %s (mode 0600).", path))
}

// leftovers says what a run kept on the server, and how to remove it.
func (l Lines) leftovers(kept msg.Message, s *story.State) {
	l.Printf("\n%s\n%s\n", l.wrap(l.T("Kept on the server: %s.", kept)), l.T("To remove it: %s", story.DownCommand(s)))
}

// removed says what a run removed again.
func (l Lines) removed(kept msg.Message) { l.Printf("\n%s\n", l.T("Removed again: %s.", kept)) }

// realmStays says why the realm of a run was not removed.
func (l Lines) realmStays(why msg.Message) { l.Printf("\n%s\n", why) }

// WasPractice says what a run on the practice server was; as is the version that was asked for.
func (l Lines) WasPractice(as string) {
	was := l.T("This was the practice server.")
	if as != "" {
		was = l.T("This was the practice server as %s.", versions.Name(as))
	}
	l.Printf("\n%s %s\n", was, l.T("On a terminal, fix403 starts the wizard; with --url, fix403 run works on your own Keycloak."))
}

// Plan is what a run would do.
func (l Lines) Plan(s *story.State, existing bool) {
	l.Println(l.T("Would run the story on %s. Nothing was sent.", l.serverName(s)))
	if existing {
		l.Println(l.T("The realm %s would be used as it is; client and user would be created in it.", s.Params.Realm))
	}
	for _, step := range story.Steps() {
		l.Printf("\n%s: %s\n\n%s", l.T(step.Title), l.T(step.Goal), indent(manual.Render(l.Printer, step, manual.FormCurl, s)))
		if step.ID == story.StepFirstCall && !s.Practice {
			l.Printf("\n%s\n", l.wrap(l.T("Where the server requires the admin API in the audience of a token, as Keycloak documents for %s and later, this call gets 401 first. Then the client scope %s would be assigned to the client, and the call repeated with a new token: 403.", keycloak.AdminAPIScopeSince, keycloak.AdminAPIScope)))
		}
	}
}

// Telling is how a story is told.
type Telling struct {
	WriteEnv string // file for what a program needs to go on; "" for none
	CleanUp  bool   // what was made is removed at the end
}

// Tell does the steps one after the other and stops at the first that fails.
func (c Console) Tell(ctx context.Context, s *story.Story, o Telling) error {
	state := s.State()
	c.Begin(state)
	err := s.DoThrough(ctx, story.Last().ID)
	if err == nil {
		c.comparison(s.State())
		if state.Practice {
			defer c.next()
		}
	}
	if o.WriteEnv != "" && err == nil {
		if err = s.WriteEnv(o.WriteEnv); err == nil {
			c.envWritten(o.WriteEnv)
		}
	}
	if o.CleanUp || state.Practice {
		return errors.Join(err, c.CleanUp(ctx, s))
	}
	if kept := story.Leftovers(s.State()); !kept.Empty() {
		c.lasting().leftovers(kept, s.State())
	}
	return err
}

// CleanUp removes what a story made, also where it was interrupted, and says what stays.
func (c Console) CleanUp(ctx context.Context, s *story.Story) error {
	state := s.State()
	kept := story.Leftovers(state)
	if kept.Empty() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	defer cancel()
	if err := s.Cleanup(ctx); err != nil {
		return err
	}
	after := s.State()
	if !after.RealmStays.Empty() {
		c.realmStays(after.RealmStays)
	}
	if left := story.Leftovers(after); !left.Empty() {
		c.lasting().leftovers(left, after)
	} else if !state.Practice {
		c.removed(kept)
	}
	return nil
}
