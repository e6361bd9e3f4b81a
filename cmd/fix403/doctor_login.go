package main

import (
	"context"

	"fix403/cmd/fix403/flags"
	"fix403/flows/doctor/given"
	"fix403/flows/doctor/proof"
	"fix403/flows/intake"
	"fix403/flows/problem"
	"fix403/flows/risk"
	"fix403/keycloak/wire"
)

// callerLogin adds to a question how the caller logs in.
func (a *app) callerLogin(ctx context.Context, o *doctorOptions, q *intake.Question) error {
	q.TokenRealm, q.Login = o.caller.TokenRealm, given.Login{Grant: o.caller.Grant, User: o.caller.User}
	password := a.getenv("FIX403_USER_PASSWORD")
	if o.caller.PasswordFile != "" {
		var err error
		if password, err = a.readSecretFile(ctx, o.caller.PasswordFile); err != nil {
			return err
		}
	}
	q.Login.Password = wire.NewSecret(password)
	return a.clientProof(ctx, &o.proof, &q.Login)
}

// clientProof adds to a login what the client proves itself by.
func (a *app) clientProof(ctx context.Context, o *flags.Proof, l *given.Login) error {
	l.SecretSigns, l.DPoP = o.SecretJWT, o.DPoP
	if o.KeyFile != "" {
		text, err := a.readInput(ctx, o.KeyFile, "the client's key", 1<<20)
		if err != nil {
			return err
		}
		if l.Key, err = proof.ParseKey(text); err != nil {
			return err
		}
	}
	if o.AssertionFile != "" {
		text, err := a.readSecretFile(ctx, o.AssertionFile)
		if err != nil {
			return err
		}
		l.Assertion = wire.NewSecret(text)
	}
	return nil
}

// askCaller asks on a terminal for what the caller's login lacks.
func (a *app) askCaller(ctx context.Context, in *given.Options) error {
	if in.Given {
		return nil
	}
	noPassword := in.Login.By() == given.PasswordGrant && in.Login.Password.Empty()
	switch {
	case noPassword && !a.streams.inTTY: // a login without it would only count as a failed attempt
		return problem.BadInput("Give it by --user-password-file or FIX403_USER_PASSWORD.", "The password of the user %s is not known.", in.Login.User)
	case !a.streams.inTTY:
		return nil
	case noPassword:
		password, err := a.streams.readSecret(ctx, a.T("Password of the user %s:", in.Login.User)+" ")
		if err != nil {
			return err
		}
		in.Login.Password, in.Login.SecretsOf = wire.NewSecret(password), ""
	}
	if in.Secret.Empty() && in.Login.By() == given.ClientCredentials && (!in.Login.Asserts() || in.Login.SecretSigns) && in.TLS.ClientCert == "" {
		secret, err := a.streams.readSecret(ctx, a.T("Secret of the client %s (enter for none):", in.ClientID)+" ")
		if err != nil {
			return err
		}
		in.Secret = wire.NewSecret(secret)
	}
	return nil
}

// callersSecrets are those of the caller that have to be hidden wherever they could appear.
func callersSecrets(in *given.Options) []risk.GivenSecret {
	return []risk.GivenSecret{{What: "The client's secret", Secret: in.Secret}, {What: "The user's password", Secret: in.Login.Password}}
}
