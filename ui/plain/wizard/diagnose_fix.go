package wizard

import (
	"context"
	"fmt"
	"strconv"

	"fix403/flows/doctor"
)

func (c *consultation) again(ctx context.Context) error {
	if changes, _ := c.doc.Undoable(); c.options.Journal == nil && len(changes) > 0 {
		c.print("Undo the fix first: only this diagnosis knows about it.")
		return nil
	}
	doc, err := doctor.New(c.options)
	if err != nil {
		return err
	}
	c.doc, c.fixed = doc, false
	return c.consult(ctx)
}

// fix lists what it changes, asks, and does it.
func (c *consultation) fix(ctx context.Context) error {
	switch {
	case c.fixed:
		c.print("The fix is applied. Type undo to undo it.")
		return nil
	case c.diagnosis.Verdict.WouldWork():
		c.print("Nothing to fix: the call is not sent, and would pass.")
		return nil
	case c.diagnosis.Verdict.Works():
		c.print("Nothing to fix: the call works.")
		return nil
	}
	if err := c.doc.CanFix(); err != nil {
		c.failed(err)
		return nil
	}
	if chosen, err := c.choose(ctx); err != nil || !chosen {
		return err
	}
	if err := c.doc.CanFix(); err != nil { // what was chosen
		c.failed(err)
		return nil
	}
	c.print("The fix changes on %s:", c.doc.URL())
	plan := c.Planned(c.doc.Plan())
	for _, line := range plan {
		c.put("  " + line)
	}
	if len(plan) == 0 {
		c.print("  nothing in Keycloak: a new token is enough")
	}
	for _, p := range c.doc.Powers() {
		c.put(c.T("Warning: %s", p.Description()))
	}
	if ok, err := c.sure(ctx, "Apply it?"); err != nil || !ok {
		return err
	}
	c.doc.AllowPowerful() // it was said above the question
	err := c.doc.Fix(ctx)
	c.fixed = err == nil
	return c.changed(ctx, err)
}

// choose asks which of several ways the fix takes; false if none.
func (c *consultation) choose(ctx context.Context) (bool, error) {
	choices := c.doc.Choices()
	if len(choices) == 0 {
		return true, nil
	}
	c.print("The fix can grant one of these")
	for i, choice := range choices {
		c.put(fmt.Sprintf("  %d. %s", i+1, c.Say(choice.Description())))
	}
	for {
		line, err := c.wizard.ask(ctx, c.T("Which one? Type its number; enter changes nothing> "))
		if err != nil || line == "" {
			return false, err
		}
		if n, err := strconv.Atoi(line); err == nil && n >= 1 && n <= len(choices) {
			c.doc.Choose(choices[n-1])
			return true, nil
		}
	}
}

func (c *consultation) undo(ctx context.Context) error {
	changes, err := c.doc.Undoable()
	if err != nil {
		c.failure(err)
		return nil
	}
	if len(changes) == 0 {
		c.print("Nothing to undo: for this client, no fix of this program is in place on this server.")
		return nil
	}
	c.print("This will be undone on %s:", c.doc.URL())
	for _, line := range c.Planned(changes) {
		c.print("  the change that %s", line)
	}
	if ok, err := c.sure(ctx, "Undo it?"); err != nil || !ok {
		return err
	}
	_, err = c.doc.Undo(ctx)
	c.fixed = c.fixed && err != nil
	return c.changed(ctx, err)
}

// changed says what the same call does now.
func (c *consultation) changed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		c.failed(err)
		return nil
	}
	for _, line := range c.AfterFix(c.diagnosis) {
		c.put(line)
	}
	return nil
}

func (c *consultation) showTokens() {
	d := c.diagnosis
	if d.Token == nil {
		c.print("No token was involved.")
		return
	}
	c.token("The token of the call", d.Token)
	if d.After != nil && d.After.Token != nil {
		c.token("The token of the same call after the change", d.After.Token)
	}
}
