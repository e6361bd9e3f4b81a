package plain

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"fix403/flows"
	"fix403/flows/doctor"
	"fix403/keycloak"
	"fix403/ui/words"
)

// errBack leads to the question before.
var errBack = errors.New("back")

// consultation is a call that is diagnosed, as text.
type consultation struct {
	*teller
	options   doctor.Options
	notes     []string
	doc       *doctor.Doctor
	diagnosis *doctor.Diagnosis
	mended    bool
}

// diagnose asks for a call and diagnoses it, until somebody goes back, which is errBack, or quits.
func (t *teller) diagnose(ctx context.Context, o flows.Options) error {
	t.print("")
	t.print("Diagnose: why a call fails, and the smallest fix. Nothing is changed on the server unless you say so.")
	for {
		c := &consultation{teller: t}
		if err := c.ask(ctx, o); err != nil {
			return err
		}
		switch err := c.consult(ctx); {
		case err == nil, errors.Is(err, errBack):
		default:
			return err
		}
	}
}

// consult makes the diagnosis, and then does what is typed.
func (c *consultation) consult(ctx context.Context) error {
	c.print("Working ...")
	d, err := c.doc.Diagnose(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		c.failure(err)
		return nil
	}
	d.NotChecked = append(d.NotChecked, c.notes...)
	c.diagnosis = d
	c.say()
	for {
		text, err := c.teller.ask(ctx, "Diagnosis> ")
		if err == nil {
			err = c.obey(ctx, strings.ToLower(text))
		}
		if err != nil {
			return err
		}
	}
}

// question asks for one answer; the words back and quit are no answers.
func (c *consultation) question(ctx context.Context, prompt string) (string, error) {
	text, err := c.teller.ask(ctx, prompt+"> ")
	switch {
	case err != nil:
		return "", err
	case strings.EqualFold(text, string(leave)):
		return "", errQuit
	case strings.EqualFold(text, string(back)):
		return "", errBack
	}
	return text, nil
}

// secretly asks without echo. A secret may be any word, but for back and quit.
func (c *consultation) secretly(ctx context.Context, prompt string) (string, error) {
	if c.o.ReadSecret == nil {
		return c.question(ctx, prompt)
	}
	text, err := c.o.ReadSecret(prompt + "> ")
	switch {
	case err != nil:
		return "", err
	case text == string(leave):
		return "", errQuit
	case text == string(back):
		return "", errBack
	}
	return text, nil
}

// asked is a question for one part of what is to be diagnosed.
type asked struct {
	prompt           string
	secret, optional bool
	into             func(string)
}

// all asks questions one after the other; back leads to the one before, and from the first to errBack.
func (c *consultation) all(ctx context.Context, questions ...asked) error {
	for i := 0; i < len(questions); {
		q := questions[i]
		read := c.question
		if q.secret {
			read = c.secretly
		}
		text, err := read(ctx, q.prompt)
		switch {
		case errors.Is(err, errBack) && i > 0:
			i--
		case err != nil:
			return err
		case text == "" && !q.optional:
			c.print("This is needed. Or type back, or quit.")
		default:
			q.into(text)
			i++
		}
	}
	return nil
}

// ask asks what fails, and prepares the doctor.
func (c *consultation) ask(ctx context.Context, o flows.Options) error {
	for {
		c.print("What fails?")
		c.print("  1 a curl command")
		c.print("  2 the call of a client")
		c.print("  3 the call with an access token")
		c.print("  4 Practice: a client without a role, on a Keycloak inside this program")
		text, err := c.question(ctx, "Number, back or quit")
		if err != nil {
			return err
		}
		switch text {
		case "1", "2", "3":
			err = c.own(ctx, text, o)
		case "4":
			err = c.practice(ctx, o)
		default:
			c.print("Type a number from 1 to 4.")
			continue
		}
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errBack):
		case keycloak.KindOf(err) == keycloak.KindBadInput:
			c.failure(err)
		default:
			return err
		}
	}
}

// practice sets a client without a role up.
func (c *consultation) practice(ctx context.Context, o flows.Options) error {
	as, err := c.version(ctx, o.As)
	if err != nil {
		return err
	}
	o.Practice, o.As, o.Params, o.Journal, o.Resume = true, as, flows.DefaultParams(), nil, nil
	story, err := flows.New(o)
	if err != nil {
		return err
	}
	c.print("A realm, a client and a user are made on the practice server, and the client's first call. Working ...")
	if c.options, err = doctor.SetUp(ctx, story); err != nil {
		return err
	}
	c.doc, err = doctor.New(c.options)
	return err
}

// own asks for a call of one's own, in one of three ways.
func (c *consultation) own(ctx context.Context, way string, o flows.Options) error {
	var q doctor.Question
	text := func(to *string) func(string) { return func(s string) { *to = s } }
	secret := func(to *keycloak.Secret) func(string) {
		return func(s string) { *to = keycloak.NewSecret(s) }
	}
	call := []asked{
		{`Call, such as GET /admin/realms/{realm}/users/{user-id} (enter: the list of users, or the user of the id)`, false, true, text(&q.Call)},
		{"User id, for {user-id} in the call (enter for none)", false, true, text(&q.UserID)},
	}
	var err error
	switch way {
	case "1":
		if q.Curl, err = c.curl(ctx); err != nil {
			return err
		}
		parsed, parseErr := doctor.ParseCurl(q.Curl)
		if parseErr != nil {
			return parseErr
		}
		var lacking []asked
		client, hidden := parsed.Lacks()
		if client {
			lacking = append(lacking, asked{"Client id of the client that gets the token: the command holds a shell variable in its place", false, false, text(&q.ClientID)})
		}
		if hidden {
			lacking = append(lacking, asked{"Client secret, not shown: the command does not hold it (enter for none)", true, true, secret(&q.Secret)})
		}
		err = c.all(ctx, lacking...)
	case "2":
		err = c.all(ctx, append([]asked{
			{"Server URL, such as http://localhost:8080", false, false, text(&q.URL)},
			{"Realm of the client", false, false, text(&q.Realm)},
			{"Client id", false, false, text(&q.ClientID)},
			{"Client secret, not shown (enter for none)", true, true, secret(&q.Secret)},
		}, call...)...)
	case "3":
		err = c.all(ctx, append([]asked{
			{"Access token, not shown", true, false, secret(&q.Token)},
			{"Server URL (enter: the one that the token names)", false, true, text(&q.URL)},
		}, call...)...)
	}
	if err != nil {
		return err
	}
	admin, err := c.admin(ctx, o)
	if err != nil {
		return err
	}
	if c.options, c.notes, err = doctor.Prepare(q); err != nil {
		return err
	}
	c.options.TLS, c.options.Timeout, c.options.Journal, c.options.Admin, c.options.Write = o.TLS, o.Timeout, o.Journal, admin, true
	c.doc, err = doctor.New(c.options)
	return err
}

// curl reads a command of one or more lines, without echo: there may be a secret anywhere in it.
func (c *consultation) curl(ctx context.Context) (string, error) {
	var lines []string
	prompt := "Curl command, not shown; an empty line ends it. Or @ and the name of a file"
	for {
		line, err := c.secretly(ctx, prompt)
		if err != nil {
			return "", err
		}
		if name, isFile := strings.CutPrefix(line, "@"); isFile && len(lines) == 0 {
			text, err := os.ReadFile(name) // #nosec G304 -- the person names the file
			if err != nil {
				c.print("The file can not be read: %v", err)
				continue
			}
			return string(text), nil
		}
		if line == "" && len(lines) > 0 {
			return strings.Join(lines, "\n"), nil
		}
		if line != "" {
			lines = append(lines, line)
			prompt = "More"
		}
	}
}

// admin asks for an admin's login, unless one was given; without one the doctor sees less.
func (c *consultation) admin(ctx context.Context, o flows.Options) (*keycloak.Credentials, error) {
	if a := o.Credentials; !o.Practice && (!a.Token.Empty() || !a.ClientSecret.Empty() || !a.Password.Empty()) {
		if a.User == "" && a.ClientID == "" && a.Token.Empty() {
			a.User = "admin"
		}
		return &a, nil
	}
	a := keycloak.Credentials{}
	c.print("With an admin's login the client's configuration is read too, and the fix can be applied.")
	if err := c.all(ctx, asked{"Admin user of the realm master (enter for none)", false, true, func(s string) { a.User = s }}); err != nil || a.User == "" {
		return nil, err
	}
	err := c.all(ctx, asked{"Admin password, not shown", true, false, func(s string) { a.Password = keycloak.NewSecret(s) }})
	return &a, err
}

// say says the diagnosis, and what may be typed.
func (c *consultation) say() {
	d := c.diagnosis
	c.print("")
	c.print("%s", d.Summary)
	c.print("Gates: %s", flows.GateLine(d.Stop()))
	c.print("%s", words.Verdict(d))
	for _, s := range words.Found(d) {
		c.section(s)
	}
	c.print("")
	c.words()
}

func (c *consultation) section(s words.Section) {
	c.print("")
	c.print("%s", s.Title)
	for _, line := range s.Lines {
		if s.Code {
			c.line("  " + words.Clean(line)) // commands are not broken: they are there to be copied
		} else {
			c.print("  %s", line)
		}
	}
}

func (c *consultation) words() {
	var names []string
	for _, s := range words.Fixes(c.diagnosis) {
		names = append(names, strings.ToLower(s.Name))
	}
	shown := ""
	if len(names) > 0 {
		shown = strings.Join(names, ", ") + " (show the fix so), "
	}
	c.print("Type %sfix (apply it), undo, wire, token, again (the same call), back (another one) or quit.", shown)
}

func (c *consultation) obey(ctx context.Context, text string) error {
	switch text {
	case string(back):
		return errBack
	case string(leave):
		return errQuit
	case "fix":
		return c.fix(ctx)
	case string(undo):
		return c.undo(ctx)
	case string(wire):
		for _, e := range c.doc.Exchanges() {
			c.inFull(e)
		}
	case string(token):
		c.showTokens()
	case "again":
		return c.again(ctx)
	default:
		fixes := words.Fixes(c.diagnosis)
		if i := slices.IndexFunc(fixes, func(s words.Section) bool { return strings.ToLower(s.Name) == text }); i >= 0 {
			c.section(fixes[i])
		} else {
			c.words()
		}
	}
	return nil
}

func (c *consultation) again(ctx context.Context) error {
	if changes, _ := c.doc.Undoable(); c.options.Journal == nil && len(changes) > 0 {
		c.print("Undo the fix first: nothing but this diagnosis knows of it.")
		return nil
	}
	doc, err := doctor.New(c.options)
	if err != nil {
		return err
	}
	c.doc, c.mended = doc, false
	return c.consult(ctx)
}

// fix lists what it changes, asks, and does it.
func (c *consultation) fix(ctx context.Context) error {
	switch {
	case c.mended:
		c.print("The fix has been applied. Type undo to take it back.")
		return nil
	case c.diagnosis.Verdict.Works():
		c.print("Nothing is to be fixed: the call works.")
		return nil
	}
	if err := c.doc.CanFix(); err != nil {
		c.failure(err)
		return nil
	}
	c.print("The fix changes on %s:", c.doc.URL())
	plan := words.Planned(c.doc.Plan())
	for _, line := range plan {
		c.print("  %s", line)
	}
	if len(plan) == 0 {
		c.print("  nothing in Keycloak: a new token is enough")
	}
	if ok, err := c.sure(ctx, "Apply it?"); err != nil || !ok {
		return err
	}
	err := c.doc.Fix(ctx)
	c.mended = err == nil
	return c.changed(ctx, err)
}

func (c *consultation) undo(ctx context.Context) error {
	changes, err := c.doc.Undoable()
	if err != nil {
		c.failure(err)
		return nil
	}
	if len(changes) == 0 {
		c.print("Nothing to undo: no fix of this program stands for this client on this server.")
		return nil
	}
	c.print("To be undone on %s:", c.doc.URL())
	for _, line := range words.Planned(changes) {
		c.print("  what %s", line)
	}
	if ok, err := c.sure(ctx, "Undo it?"); err != nil || !ok {
		return err
	}
	_, err = c.doc.Undo(ctx)
	c.mended = c.mended && err != nil
	return c.changed(ctx, err)
}

// changed says what the same call does now.
func (c *consultation) changed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		c.failure(err)
		return nil
	}
	for _, line := range words.AfterFix(c.diagnosis) {
		c.print("%s", line)
	}
	return nil
}

func (c *consultation) showTokens() {
	d := c.diagnosis
	if d.Token == nil {
		c.print("No token came into it.")
		return
	}
	c.token("The token of the call", d.Token)
	if d.After != nil && d.After.Token != nil {
		c.token("The token of the same call after the change", d.After.Token)
	}
}
