package main

import (
	"context"
	"slices"

	"fix403/cmd/fix403/flags"
	"fix403/flows/doctor/given"
	"fix403/flows/risk"
	"fix403/flows/texts"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
	"fix403/ui/words"
)

// confirmRisks says on stderr what is risky and, on a terminal, asks whether to go on. Without a terminal the command goes on
// when it has said it: nobody can be asked, and the flags were the user's wish. The error is a cancellation.
func (a *app) confirmRisks(ctx context.Context, risks []string, question texts.Text) error {
	for _, warning := range risks {
		a.asides().Warning(warning)
	}
	if len(risks) == 0 || !a.streams.inTTY || a.confirm(ctx, a.T(question)) {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return &failure.Error{Kind: failure.Canceled, Message: msg.New("Cancelled: nothing was sent."), Err: context.Canceled}
}

// warnOfInsecure is for a command that is about to talk to a server, or may later.
func (a *app) warnOfInsecure(o *flags.Server) {
	if warning := risk.Insecure(o.TLS); !warning.Empty() {
		a.warnOf(a.Say(warning))
	}
}

// warnOfExposed says which secrets cannot be hidden where a server repeats them.
func (a *app) warnOfExposed(o *flags.Server, names *flags.Names, secrets ...risk.GivenSecret) {
	for _, warning := range risk.Exposed(secrets, names.Realm, names.ClientID, names.Username, names.Email, o.AdminUser, o.AdminClientID, o.AdminRealm) {
		a.warnOf(a.Say(warning))
	}
}

// warnOf says something on stderr that is in the JSON document, too.
func (a *app) warnOf(risk string) {
	if !slices.Contains(a.warnings, risk) {
		a.warnings = append(a.warnings, risk)
		a.asides().Warning(risk)
	}
}

// confirmPlainHTTP is for a server to which a password or another secret is about to be sent.
func (a *app) confirmPlainHTTP(ctx context.Context, url string) error {
	if warning := risk.PlainHTTP(url); !warning.Empty() {
		return a.confirmRisks(ctx, []string{a.Say(warning)}, "Send it anyway?")
	}
	return nil
}

// confirmSending asks, on a terminal, whether credentials may go to a server that the user did not name. Without a yes the doctor leaves
// them out; --yes does not answer this question, since it is about changes.
func (a *app) confirmSending(ctx context.Context, in *given.Options) error {
	warning, question := in.Unnamed()
	if question.Empty() || !a.streams.inTTY {
		return nil
	}
	a.asides().Warning(warning)
	if a.confirm(ctx, words.Clean(a.Say(question))) {
		in.Confirm()
	}
	return ctx.Err()
}

// confirmCreation is for what is about to create something on a server of the user's.
func (a *app) confirmCreation(ctx context.Context, o *flags.Server, names *flags.Names, existing bool) error {
	if o.Embedded() {
		return nil
	}
	params, err := names.Params()
	if err != nil {
		return err
	}
	risks := risk.Caution(o.URL, params, existing)
	if existing && !a.streams.inTTY { // that was said by --existing
		risks = risk.Caution(o.URL, params, false)
	}
	return a.confirmRisks(ctx, a.SayAll(risks), "Create it there?")
}

// oneTimeCode asks for the code of an admin who may need one; nil without a terminal.
func (a *app) oneTimeCode() func(context.Context) (wire.Secret, error) {
	if !a.streams.inTTY {
		return nil
	}
	return func(ctx context.Context) (wire.Secret, error) {
		code, err := a.streams.readSecret(ctx, a.T("Refused. One-time code, if this admin has one (enter for none):")+" ")
		return wire.NewSecret(code), err
	}
}
