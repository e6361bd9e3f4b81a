package caller

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/given"
	"fix403/flows/doctor/login"
	"fix403/flows/doctor/phrase"
	"fix403/flows/gate"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// The verdicts of the gate of the client about a person's login, and about the grant.
var (
	BadUserCredentials = &exam.Verdict{ID: "bad-user-credentials",
		Cause: "The token endpoint does not accept the username and password, or the refresh token; without an admin login, the user may also be locked, or belong to another realm."} // #nosec G101 -- the name of a verdict
	UserNotReady = &exam.Verdict{ID: "user-not-ready",
		Cause: "The user cannot log in: the account is disabled or locked, its password is temporary, or a required action is pending.", Advise: enablePerson}
	WrongLoginRealm = &exam.Verdict{ID: "wrong-login-realm",
		Cause: "The realm in which the user logs in has no such user, but another one, such as master, does.", Advise: logInElsewhere}
	GrantNotAllowed = &exam.Verdict{ID: "grant-not-allowed",
		Cause: "The client may not get tokens in this way: direct access grants or token exchange are off for it, the exchanged token is not meant for it, or the server does not support the grant.", Advise: allowGrant}
)

// refusedGrant gives the verdict where the token endpoint has something against the grant or the person, and reports whether it has.
func refusedGrant(ctx context.Context, x *exam.Examination, code, description string) (bool, error) {
	s, known := login.ReadRefusal(code, description)
	client, user := x.Options.ClientID, phrase.OneLine(x.Options.Login.User)
	stop := func(v *exam.Verdict, format texts.Text, values ...any) {
		x.Stop(gate.Client, v, exam.AllSeen, format, values...)
	}
	if !known {
		return false, nil
	}
	switch s.Stops {
	case login.Person:
		return true, badUser(ctx, x)
	case login.PersonDisabled:
		if err := lookAtUser(ctx, x); err != nil {
			return true, err
		}
		stop(UserNotReady, "The user %s is disabled, and gets no token: enable the account unless it was disabled on purpose.", user)
	case login.PersonNotSetUp:
		return true, notSetUp(ctx, x)
	case login.NoPerson:
		stop(BadUserCredentials, "The token request names no user: send the parameter username.")
	case login.DirectAccessOff:
		x.Clue.DirectAccess = !x.BuiltIn()
		if x.BuiltIn() {
			x.Clue.BuiltIn = true
			stop(GrantNotAllowed, "The client %s is built into Keycloak and accepts no username and password (its direct access grants are off). Leave it unchanged: log in with admin-cli, or with a client of your own that has direct access grants.", client)
			break
		}
		stop(GrantNotAllowed, "The client %s may not use the password grant: its direct access grants are off. Switch them on if users should log in there by username and password, or use another client or grant.", client)
	case login.ConsentWanted:
		stop(GrantNotAllowed, "The client %s asks its users for consent, which the password grant does not support: log in through a browser, or use a client without consent.", client)
	case login.ExchangeOff:
		x.Clue.Exchange = !x.BuiltIn()
		stop(GrantNotAllowed, "The client %s may not exchange tokens: standard token exchange is off for it. Switch it on in the client's capability config if the client should exchange tokens.", client)
	case login.ExchangeNotForIt:
		stop(GrantNotAllowed, "The token to exchange is not meant for the client %s: its audience (aud) must name this client. Add an audience mapper for %s to the client that gets the first token, or to one of its client scopes.", client, client)
	case login.ExchangeAudience:
		stop(GrantNotAllowed, "The exchange asks for an audience that is not available (%s): the client %s can have only audiences that its own tokens would have.", description, client)
	case login.ExchangedToken:
		x.Stop(gate.Client, exam.Undetermined, exam.Or("Which of these it is: diagnose that token by itself (--token-file)."), "The token endpoint does not accept the token to exchange (%s): it has expired, is from another realm, or was cut.", strings.TrimSuffix(description, "."))
	case login.NoSuchGrant:
		if x.Options.Login.By() == given.TokenExchange {
			stop(GrantNotAllowed, "This server does not exchange tokens: the feature is off, or the server does not know this grant (measured on 22.0.5 and 24.0.5; on 26.4.0 and 26.7.4 it exists, and is switched on per client).")
			break
		}
		stop(GrantNotAllowed, "The token endpoint does not know the grant %s: its name is wrong, or the feature is switched off on this server.", phrase.OneLine(x.Options.Login.By()))
	case login.OtherGrantOff:
		stop(GrantNotAllowed, "The client %s may not use this grant: %s.", client, strings.TrimSuffix(description, "."))
	case login.RefreshNotAccepted:
		stop(BadUserCredentials, "The token endpoint does not accept the refresh token: it has expired, is from another realm, or was cut. Log in again, in the realm %s.", x.Options.Realm)
	case login.RefreshOfOther:
		stop(BadUserCredentials, "The refresh token was issued to a client other than %s, and only that client can use it.", client)
	case login.SessionEnded:
		stop(BadUserCredentials, "The session of the refresh token has ended: it was logged out, it expired, or its user was deleted. Log in again.")
	case login.RefreshUsed:
		stop(BadUserCredentials, "The refresh token was used before, and the realm %s accepts each only once (Revoke refresh token): send the one from the last response, or log in again.", x.Options.Realm)
	case login.RefreshDisabled:
		stop(UserNotReady, "The user of the refresh token is disabled, and gets no new token: enable the account unless it was disabled on purpose.")
	case login.NotOIDC:
		stop(GrantNotAllowed, "The client %s uses SAML, not OpenID Connect, and gets no token here: use an OpenID Connect client.", client)
	default:
		return false, nil
	}
	return true, nil
}

// lookAtUser reads the user of the password grant as the admin sees it.
func lookAtUser(ctx context.Context, x *exam.Examination) error {
	if x.Options.Login.By() != given.PasswordGrant {
		return nil
	}
	return x.LookAtAccount(ctx)
}

// unreplaced finds the name of a shell's variable in the place of its value.
var unreplaced = regexp.MustCompile(`^\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})$`)

// badUser is for a name and a password that are not accepted: the token endpoint does not say which of them, nor that a user is locked.
func badUser(ctx context.Context, x *exam.Examination) error {
	user, realm := phrase.OneLine(x.Options.Login.User), x.Options.Realm
	if err := lookAtUser(ctx, x); err != nil {
		return err
	}
	if unreplaced.MatchString(x.Options.Login.Password.Reveal()) {
		x.Stop(gate.Client, BadUserCredentials, exam.But("That the password is not literally this text."), "What is sent as the password of the user %s is the name of a variable, not its value: a shell does not expand variables in single quotes. Use double quotes.", user)
		return nil
	}
	see := &x.View
	if x.Admin == nil || see.Account == nil && !see.NoUser {
		var where texts.Text = "The token endpoint does not accept the username and password of %s: one of them is wrong, or the account is in a realm other than %s, such as master (an admin of master logs in at realms/master)."
		if realm == "master" {
			where = "The token endpoint does not accept the username and password of %s: one of them is wrong, or the account is in a realm other than %s (each user logs in at the realm that has the account)."
		}
		x.Stop(gate.Client, BadUserCredentials, exam.Or("Whether the user %s exists in realm %s, and whether the account is locked after too many attempts: the token endpoint gives the same error for all of these. An admin can see which.", user, realm), where, user, realm)
		return nil
	}
	if see.Account == nil {
		return elsewhere(ctx, x)
	}
	state, err := x.Admin.LoginStateOf(ctx, realm, see.Account.ID)
	if err := x.NoteForbidden(err, "What prevents the user from logging in"); err != nil {
		return err
	}
	switch {
	case state.Locked:
		x.Observed(exam.AtServer, "The user %s is locked by brute force detection.", user)
		x.Stop(gate.Client, UserNotReady, exam.AllSeen, "The user %s is locked after too many failed attempts, and is refused with any password: wait until the lock ends, or unlock the account (in the Admin Console: Users, the user, Unlock). Then log in with the right password.", user)
	case !see.Account.Enabled:
		x.Observed(exam.AtServer, "The user %s is disabled.", user)
		x.Stop(gate.Client, UserNotReady, exam.AllSeen, "The user %s is disabled, and gets no token: enable the account unless it was disabled on purpose.", user)
	case see.Account.ServiceAccountOf != "":
		x.Stop(gate.Client, BadUserCredentials, exam.AllSeen, "%s is a client's service account, which has no password: get the token with client_credentials, with that client and its secret.", user)
	case state.NoPassword:
		x.Observed(exam.AtServer, "The user %s has no password.", user)
		x.Stop(gate.Client, BadUserCredentials, exam.AllSeen, "The user %s has no password in realm %s, so none is accepted: set one, or use the login that the account is meant for.", user, realm)
	case state.OneTimeCodes:
		x.Observed(exam.AtServer, "The user %s needs a one-time code as well as the password.", user)
		x.Stop(gate.Client, BadUserCredentials, exam.Or("Whether the password is right: without a code the token endpoint gives the same error."), "The user %s needs a one-time code as well as the password, and the token request sends no valid one: send it in the parameter totp, or get the token in another way.", user)
	default:
		x.Observed(exam.AtServer, "The user %s exists, is enabled and is not locked.", user)
		x.Stop(gate.Client, BadUserCredentials, exam.Or("Whether the realm's direct grant flow requires more than a password."), "The password of the user %s is not accepted in realm %s: it is probably wrong. Reset it, or find the right one.", user, realm)
	}
	return nil
}

// mostRealms bounds in how many realms a user is looked for.
const mostRealms = 20

// elsewhere looks for a user, whom the realm of the login does not have, in the other realms that the admin sees.
func elsewhere(ctx context.Context, x *exam.Examination) error {
	user, realm := phrase.OneLine(x.Options.Login.User), x.Options.Realm
	x.Observed(exam.AtServer, "The realm %s has no user %s.", realm, user)
	names, err := x.Admin.RealmNames(ctx)
	if err := x.NoteForbidden(err, "Which realms exist"); err != nil {
		return err
	}
	order := func(a, b string) int { return rank(x, b) - rank(x, a) }
	slices.SortStableFunc(names, order)
	for i, name := range names {
		if i == mostRealms {
			x.Unseen("Whether the user is in one of the other realms: %d of %d were checked.", i, len(names))
			break
		}
		if name == realm {
			continue
		}
		_, err := x.Admin.FindUser(ctx, name, x.Options.Login.User, "")
		if failure.KindOf(err) == failure.Canceled {
			return err
		}
		if err != nil {
			continue
		}
		x.Observed(exam.AtServer, "The realm %s has a user %s.", name, user)
		x.Clue.Realm = name
		x.Stop(gate.Client, WrongLoginRealm, exam.AllSeen, "The realm %s has no user %s, and the realm %s has: log in there (realms/%s in the address of the token endpoint), and call the same address of the admin API with that token.", realm, user, name, name)
		if name != "master" && x.PathRealm != "" && name != x.PathRealm {
			x.Also(msg.New("Only tokens of the realm %s itself, or of master, are accepted there.", x.PathRealm))
		}
		return nil
	}
	x.Stop(gate.Client, BadUserCredentials, exam.AllSeen, "The realm %s has no user %s: the name is wrong, or the realm is.", realm, user)
	return nil
}

// rank puts the realms first in which an account most probably is.
func rank(x *exam.Examination, realm string) int {
	switch realm {
	case "master":
		return 2
	case x.PathRealm:
		return 1
	}
	return 0
}

// notSetUp is for a user who has something to do before the first login.
func notSetUp(ctx context.Context, x *exam.Examination) error {
	user := phrase.OneLine(x.Options.Login.User)
	if err := lookAtUser(ctx, x); err != nil {
		return err
	}
	what := msg.New("its password is temporary, or a required action is pending")
	if x.Admin != nil && x.View.Account != nil {
		state, err := x.Admin.LoginStateOf(ctx, x.Options.Realm, x.View.Account.ID)
		if err := x.NoteForbidden(err, "What the user has to do first"); err != nil {
			return err
		}
		switch {
		case slices.Contains(state.RequiredActions, "UPDATE_PASSWORD"):
			what = msg.New("its password is temporary, or has to be changed")
		case len(state.RequiredActions) > 0:
			what = msg.New("a required action is pending (%s)", strings.Join(state.RequiredActions, ", "))
		default:
			what = msg.New("its profile lacks something that the realm requires, such as the email address or the name")
		}
	}
	x.Stop(gate.Client, UserNotReady, exam.AllSeen, "The account of the user %s is not fully set up, and gets no token by username and password: %s. The user can finish it by logging in once through a browser (the account console), or an admin can do so.", user, what)
	return nil
}

// enablePerson is for a user who is disabled; what else keeps a user from logging in is the user's own to do.
func enablePerson(a *exam.Draft) bool {
	see := &a.X.View
	if see.Account == nil || see.Account.Enabled {
		return false
	}
	a.EnableUser(a.X.Options.Realm, see.Account.ID, see.Account.Username)
	return true
}

// logInElsewhere is for a user of another realm.
func logInElsewhere(a *exam.Draft) bool {
	a.Realm = a.X.Clue.Realm
	return a.Realm != ""
}

// allowGrant is for a client that may not use the grant.
func allowGrant(a *exam.Draft) bool {
	switch {
	case a.X.Clue.DirectAccess:
		a.AllowDirectAccess()
	case a.X.Clue.Exchange:
		a.AllowExchange()
	default:
		return false
	}
	return true
}

// notOIDC is for a client of another protocol, of which the token endpoint says only that the secret is wrong; it takes an admin to see it.
func notOIDC(ctx context.Context, x *exam.Examination, code string) (bool, error) {
	if x.Admin == nil || x.View.Client == nil || code != "unauthorized_client" && code != "invalid_client" {
		return false, nil
	}
	protocol, err := x.Admin.Protocol(ctx, x.Options.Realm, x.View.Client.ID)
	if err := x.NoteForbidden(err, "Which protocol the client speaks"); err != nil || protocol == "" || protocol == "openid-connect" {
		return false, err
	}
	x.Observed(exam.AtServer, "The client %s speaks the protocol %s.", x.Options.ClientID, protocol)
	x.Stop(gate.Client, GrantNotAllowed, exam.AllSeen, "The client %s does not use OpenID Connect (its protocol is %s), and gets no token here: use an OpenID Connect client.", x.Options.ClientID, protocol)
	return true, nil
}

// ofKeycloak is for a client that Keycloak makes by itself, and that gets no token of its own.
func ofKeycloak(x *exam.Examination, code string) bool {
	id := x.Options.ClientID
	onlyChecks := id == keycloak.RealmManagement || id == "broker" || x.Options.Realm == "master" && strings.HasSuffix(id, "-realm")
	return onlyChecks && (code == "unauthorized_client" || code == "invalid_client")
}
