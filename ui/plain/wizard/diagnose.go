package wizard

import (
	"context"
	"errors"
	"slices"
	"strings"

	"fix403/flows/doctor"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/given"
	"fix403/flows/gate"
	"fix403/flows/intake"
	"fix403/flows/params"
	"fix403/flows/paste"
	"fix403/flows/problem"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
	"fix403/ui/words"
)

// errBack leads to the question before.
var errBack = errors.New("back")

// consultation is a call that is diagnosed, as text.
type consultation struct {
	*wizard
	options   given.Options
	notes     []msg.Message
	doc       *doctor.Doctor
	diagnosis *exam.Diagnosis
	fixed     bool
}

// diagnose asks for a call and diagnoses it, until the user goes back, which is errBack, or quits.
func (w *wizard) diagnose(ctx context.Context, o story.Options) error {
	w.print("")
	w.print("Diagnose: why a call fails, and the smallest fix. Nothing is changed on the server unless you confirm it.")
	for {
		c := &consultation{wizard: w}
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
		c.failed(err)
		return nil
	}
	d.NotChecked = append(d.NotChecked, c.notes...)
	for i, m := range d.NotChecked {
		d.NotChecked[i] = words.InForm(m)
	}
	c.diagnosis = d
	c.say()
	for {
		text, err := c.wizard.ask(ctx, c.T("Diagnosis> "))
		if err == nil {
			err = c.execute(ctx, strings.ToLower(text))
		}
		if err != nil {
			return err
		}
	}
}

// cut are the lengths at which terminals cut a line that is read without echo, as Linux and others do.
var cut = []int{1023, 1024, 4095, 4096}

// ask asks what fails, and prepares the doctor.
func (c *consultation) ask(ctx context.Context, o story.Options) error {
	for {
		c.print("What fails?")
		c.print("  1 a pasted call")
		c.print("  2 the call of a client")
		c.print("  3 the call with an access token")
		c.print("  4 Practice: a client without a role, on a Keycloak inside this program")
		text, err := c.question(ctx, c.T("Number, back or quit"))
		if err != nil {
			return err
		}
		switch text {
		case "1", "2", "3":
			err = c.own(ctx, text, o)
		case "4":
			err = c.practice(ctx, o)
		default:
			c.print("Type a number from 1 to 4: what you have of the failing call. Nothing is sent before the last question.")
			continue
		}
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errBack):
		case failure.KindOf(err) == failure.BadInput:
			c.failed(err)
		default:
			return err
		}
	}
}

// practice sets a client without a role up.
func (c *consultation) practice(ctx context.Context, o story.Options) error {
	as, err := c.version(ctx, o.As)
	if err != nil {
		return err
	}
	o.Practice, o.As, o.Params, o.Journal, o.Resume = true, as, params.DefaultParams(), nil, nil
	story, err := story.New(o)
	if err != nil {
		return err
	}
	c.print("Creating a realm, a client and a user on the practice server, and making the client's first call ...")
	if c.options, err = intake.SetUp(ctx, story); err != nil {
		return err
	}
	c.doc, err = doctor.New(c.options)
	return err
}

// own asks for a call of one's own, in one of three ways.
func (c *consultation) own(ctx context.Context, way string, o story.Options) error {
	var q intake.Question
	text := func(to *string) func(string) { return func(s string) { *to = s } }
	secret := func(to *wire.Secret) func(string) {
		return func(s string) { *to = wire.NewSecret(s) }
	}
	call := []asked{
		{Question: words.AskCall, optional: true, into: text(&q.Call)},
		{Question: words.AskUser, optional: true, into: text(&q.UserID)},
	}
	var questions []asked
	switch way {
	case "1":
		var err error
		if q.Curl, err = c.hidden(ctx, c.T(words.AskCurl.Label)+c.T(", not shown; an empty line ends it; or @ and the name of a file"), true); err != nil {
			return err
		}
		parsed, err := paste.Parse(q.Curl)
		if err != nil {
			return err
		}
		lacks := parsed.Lacks()
		if lacks.Client {
			questions = append(questions, asked{Question: words.AskCurlClient, into: text(&q.ClientID)})
		}
		if lacks.Secret {
			questions = append(questions, asked{Question: words.AskCurlSecret, secret: true, optional: true, into: secret(&q.Secret)})
		}
		if lacks.User {
			questions = append(questions, asked{Question: words.AskLoginUser, into: text(&q.Login.User)})
		}
		if lacks.Password {
			questions = append(questions, asked{Question: words.AskUserPass, label: c.PasswordOf(parsed.Login), secret: true, into: secret(&q.Login.Password)})
		}
		if lacks.RefreshToken {
			questions = append(questions, asked{Question: words.AskRefresh, label: c.RefreshTokenOf(parsed.Login), secret: true, file: true, into: secret(&q.Login.RefreshToken)})
		}
	case "2":
		questions = append([]asked{
			{Question: words.AskURL, into: text(&q.URL)},
			{Question: words.AskRealm, into: text(&q.Realm)},
			{Question: words.AskClient, into: text(&q.ClientID)},
			{Question: words.AskSecret, secret: true, optional: true, into: secret(&q.Secret)},
		}, call...)
	case "3":
		questions = append([]asked{
			{Question: words.AskToken, secret: true, file: true, into: secret(&q.Token)},
			{Question: words.AskIssuer, optional: true, into: text(&q.URL)},
		}, call...)
	}
	if err := c.all(ctx, questions...); err != nil {
		return err
	}
	if named := c.o.Story; !named.Practice {
		q.Named = named.URL
	}
	prepared, err := intake.Prepare(q)
	if err != nil {
		return err
	}
	c.options, c.notes = prepared.Options, prepared.Notes
	c.options.TLS, c.options.Timeout, c.options.Journal, c.options.Write = o.TLS, o.Timeout, o.Journal, true
	if c.doc, err = doctor.New(c.options); err != nil {
		return err
	}
	if c.options.Admin, err = c.admin(ctx, o); err != nil {
		return err
	}
	if risk, question := c.options.Unnamed(); !question.Empty() {
		c.put(c.T("Warning: %s", risk))
		text, err := c.wizard.ask(ctx, c.Say(question)+c.T(" Type yes; enter leaves it> "))
		if err != nil {
			return err
		}
		if c.isYes(text) {
			c.options.Confirm()
		}
	}
	c.doc, err = doctor.New(c.options)
	return err
}

// admin asks for an admin's login, unless one was given for this server; without one the doctor sees less.
func (c *consultation) admin(ctx context.Context, o story.Options) (*keycloak.Credentials, error) {
	if a := o.Credentials; wire.SameHost(o.URL, c.doc.URL()) && (!a.Token.Empty() || !a.ClientSecret.Empty() || !a.Password.Empty()) {
		if a.User == "" && a.ClientID == "" && a.Token.Empty() {
			a.User = "admin"
		}
		a.AskOTP = c.oneTimeCode
		return &a, nil
	}
	a := &keycloak.Credentials{}
	text := func(to *string) func(string) { return func(s string) { *to = s } }
	secret := func(to *wire.Secret) func(string) {
		return func(s string) { *to = wire.NewSecret(s) }
	}
	of := func(label, help texts.Text) words.Question { return words.Question{Label: label, Help: help} }
	c.print("With an admin login, the client's configuration is read too, and the fix can be applied. Nothing is changed without a yes.")
	for {
		*a = keycloak.Credentials{}
		way, err := c.question(ctx, c.T("Admin: 1 user and password, 2 client and secret, 3 access token (enter for none)"))
		if err != nil {
			return nil, err
		}
		realm := asked{Question: of("Admin realm", "empty for master, the usual realm of admins"), optional: true, into: text(&a.Realm)}
		switch way {
		case "":
			return nil, nil
		case "1":
			err = c.all(ctx, realm, asked{Question: of("Admin user", "allowed to view clients, users and roles"), into: text(&a.User)},
				asked{Question: of("Admin password", "used for this run only, never stored"), secret: true, into: secret(&a.Password)})
		case "2":
			err = c.all(ctx, realm, asked{Question: of("Client of the admin", "with a service account allowed to view clients, users and roles"), into: text(&a.ClientID)},
				asked{Question: of("Secret of that client", "used for this run only, never stored"), secret: true, into: secret(&a.ClientSecret)})
		case "3":
			err = c.all(ctx, asked{Question: of("Access token of the admin", "used for this run only, never stored"), secret: true, file: true, into: func(s string) { a.Token = wire.NewSecret(strings.TrimSpace(s)) }})
		default:
			c.print("Type a number from 1 to 3, or nothing.")
			continue
		}
		if errors.Is(err, errBack) {
			continue
		}
		a.AskOTP = c.oneTimeCode
		return a, err
	}
}

func (c *consultation) failed(err error) {
	message, hint := c.FailureInForm(err)
	c.failure(&problem.CheckError{Message: msg.Verbatim(message), Hint: msg.Verbatim(hint)})
}

// say says the diagnosis, and what may be typed.
func (c *consultation) say() {
	d := c.diagnosis
	c.print("")
	c.put(c.Say(d.Summary))
	c.print("Gates: %s", gate.Line(d.Refusal()))
	c.put(c.Verdict(d))
	c.put(c.T("Caller") + "  " + c.Caller(d))
	for _, s := range c.Found(d) {
		c.section(s)
	}
	c.print("")
	c.words()
}

func (c *consultation) section(s words.Section) {
	c.print("")
	c.put(s.Title)
	for _, line := range s.Lines {
		if s.Code {
			c.line("  " + words.Clean(line)) // commands are not broken: they are there to be copied
		} else {
			c.put("  " + line)
		}
	}
}

func (c *consultation) words() {
	var names []string
	for _, s := range c.Fixes(c.diagnosis) {
		names = append(names, strings.ToLower(s.Name))
	}
	shown := ""
	if len(names) > 0 {
		shown = c.T("%s (show the fix in this form), ", strings.Join(names, ", "))
	}
	c.print("Type %sfix (apply it), undo, wire, token, again (the same call), back (another one) or quit.", shown)
}

func (c *consultation) execute(ctx context.Context, text string) error {
	switch text {
	case string(back):
		return errBack
	case string(leave):
		return errQuit
	case "fix":
		return c.fix(ctx)
	case string(undo):
		return c.undo(ctx)
	case string(wireWord):
		for _, e := range c.doc.Exchanges() {
			c.inFull(e)
		}
	case string(tokenWord):
		c.showTokens()
	case "again":
		return c.again(ctx)
	default:
		fixes := c.Fixes(c.diagnosis)
		if i := slices.IndexFunc(fixes, func(s words.Section) bool { return strings.ToLower(s.Name) == text }); i >= 0 {
			c.section(fixes[i])
		} else {
			c.words()
		}
	}
	return nil
}
