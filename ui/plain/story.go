package plain

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"fix403/flows/gate"
	"fix403/flows/manual"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/flows/versions"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/ui/words"
)

// serverName names the server of a story.
func (l Lines) serverName(s story.State) string {
	if s.Practice {
		return l.T("the practice server, which answers as Keycloak %s", versions.Name(s.As))
	}
	return s.URL
}

// Begin says where the story is told.
func (l Lines) Begin(s story.State) { l.Println(l.T("From 403 to 200 on %s.", l.serverName(s))) }

// Event says what happens in a story.
func (l Lines) Event(e story.Event) {
	step := story.StepByID(e.Step)
	if step == nil {
		return
	}
	switch {
	case e.Started:
		l.Printf("\n%s\n", l.T(step.Title))
	case e.Request != nil && !e.Request.Again.Empty():
		l.Printf("  ... %s\n", l.Say(e.Request.Again))
	case e.Exchange != nil:
		l.Printf("  %-3s %-6s %s  (%s)\n", status(e.Exchange.Status), e.Exchange.Method, words.Path(e.Exchange.URL), l.Say(e.Exchange.Purpose))
	case e.Result != nil:
		for _, note := range e.Result.Notes {
			l.Printf("  %s\n", l.T("note: %s", note))
		}
		if e.Result.Err == nil {
			l.Printf("  ok: %s\n", e.Result.Checked)
		}
	}
}

// comparison is the end of the story: the three calls side by side, and what they mean.
func (l Lines) comparison(s story.State) {
	var b strings.Builder
	row := func(label texts.Text, c *story.Call) {
		roles := l.RoleNames(c.Token.Roles(keycloak.RealmManagement))
		if roles == "" {
			roles = l.T("none")
		}
		fmt.Fprintf(&b, "%s %-16s %s\n", words.Pad(l.T(label), 26), l.Say(gate.StatusName(c.Exchange.Status)), l.T("roles in the token: %s", roles))
	}
	if s.AudienceCall != nil {
		row("before the client scope", s.AudienceCall)
	}
	row("before the grant", s.FirstCall)
	row("old token after the grant", s.OldTokenCall)
	row("new token after the grant", s.SecondCall)
	fmt.Fprintf(&b, "\n%s\n\n%s\n", wrap(l.Say(story.StepByID(story.StepFirstCall).Explain(s))), wrap(l.Say(story.StepByID(story.StepSecondCall).Explain(s))))
	l.Printf("\n%s", Block(b.String()))
}

// envWritten says where --write-env wrote.
func (l Lines) envWritten(path string) {
	l.Printf("\n%s\n", l.T("Wrote URL, realm, client id and secret to %s (mode 0600).", path))
}

// leftovers says what a run kept on the server, and how to remove it.
func (l Lines) leftovers(kept msg.Message, s story.State) {
	l.Printf("\n%s\n%s\n", l.T("Kept on the server: %s.", kept), l.T("To remove it: %s", story.DownCommand(s)))
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
func (l Lines) Plan(s story.State, existing bool) {
	l.Println(l.T("Would tell the story on %s. Nothing was sent.", l.serverName(s)))
	if existing {
		l.Println(l.T("The realm %s would be used as it is; client and user would be created in it.", s.Params.Realm))
	}
	for _, step := range story.Steps() {
		l.Printf("\n%s: %s\n\n%s", l.T(step.Title), l.T(step.Goal), indent(manual.Render(l.Printer, step, manual.FormCurl, s)))
		if step.ID == story.StepFirstCall && !s.Practice {
			l.Printf("\n%s\n", wrap(l.T("Where the server wants the admin API in the audience of a token, as Keycloak documents it for %s and later, this call gets 401 first. Then the client scope %s would be assigned to the client, and the call made again with a new token: 403.", keycloak.AdminAPIScopeSince, keycloak.AdminAPIScope)))
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
