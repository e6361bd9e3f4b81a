package words

import (
	"fix403/flows/texts"
	"fix403/keycloak/msg"
)

// InForm returns a message of the doctor for the user who fills a form, or answers questions: it names those, and no flags.
func InForm(m msg.Message) msg.Message { return m.Reword(inForm) }

// FailureInForm returns what [Words.Failure] does, as by [InForm].
func (w Words) FailureInForm(err error) (message, hint string) {
	m, h := messages(err)
	if w.For == OfPrompts {
		m, h = m.Reword(atPrompts), h.Reword(atPrompts)
	}
	return Line(w.Say(InForm(m))), Line(w.Say(InForm(h)))
}

// atPrompts has those that name keys in a form, for who types words.
var atPrompts = map[texts.Text]texts.Text{
	notOurs:       "Take another realm name, or type existing to work inside this one: only a client and a user are created in it then.",
	stillHolds:    "Type restart: what this run made is removed. Or go back and take another client id.",
	missingCode:   "Check name and password of the admin, and the realm in which the admin lives. An admin with a one-time code is refused in the same words when the code is missing.",
	noRealmOfOurs: "Creating a realm takes an admin of the realm master, or a user or client of master with its realm role create-realm; no role of realm-management is enough (measured). To work inside a realm that is there, give its name: existing works inside it.",
}

// The sentences of the story that are others on screens and at prompts.
const (
	notOurs       texts.Text = "Choose another realm name (--realm), or work inside this one (creates only a client and a user): fix403 run --existing, i in the wizard, existing in the line mode."
	stillHolds    texts.Text = "Remove the realm with fix403 down and start again, or choose another client id (--client-id)."
	missingCode   texts.Text = "Check the admin's username and password, and the admin's realm (master, or the one in --admin-realm). An admin with a one-time code gets the same refusal when the code is missing: on a terminal fix403 prompts for it; elsewhere, use a client's secret."
	noRealmOfOurs texts.Text = "Creating a realm requires an admin of the master realm, or a user or client of master with its realm role create-realm; no role of realm-management is enough (measured). To work inside an existing realm, start fix403 with --existing."
)

// inForm has the sentences that name flags, each with the one for a form.
var inForm = map[texts.Text]texts.Text{ // #nosec G101 -- sentences
	notOurs:       "Take another realm name, or press i (^X in a field) to work inside this one: only a client and a user are created in it then.",
	stillHolds:    "Press r to start again, which removes what this run made, or go back and take another client id.",
	missingCode:   "Check name and password of the admin, and the realm in which the admin lives. An admin with a one-time code is refused in the same words when the code is missing: it has a field here.",
	noRealmOfOurs: "Creating a realm takes an admin of the realm master, or a user or client of master with its realm role create-realm; no role of realm-management is enough (measured). To work inside a realm that is there, give its name: i works inside it.",
	"Use an admin with the role view-realm, or choose another realm name (--realm).":                         "Use an admin with the role view-realm, or take another realm name.",
	"Choose another client id (--client-id), and fix403 creates a new client.":                               "Take another client id, and fix403 creates a client of its own.",
	"Check the admin's username and password, and the admin's realm (master, or the one in --admin-realm).":  "Check name and password of the admin, and the realm in which the admin lives.",
	"Check the realm's name: it is case sensitive. Start fix403 without --existing to have a realm created.": "Check the realm's name: it is case sensitive. To have a realm created, start fix403 without --existing.",
	"--fix requires an admin; nothing was changed.":                                                          "The fix requires an admin; nothing was changed.",
	"--insecure (pass it to fix403 to skip certificate checks)":                                              "--insecure (start fix403 with it to skip certificate checks)",
	"-k (pass --insecure to fix403 to skip certificate checks)":                                              "-k (start fix403 with --insecure to skip certificate checks)",
	"Add --allow-powerful if the account should have this power.":                                            "Agree to it if the account should have this power.",
	"Give --admin-user and FIX403_ADMIN_PASSWORD, or another admin's login.":                                 "Give an admin's login.",
	"Give it with --realm, or put the real value into the call.":                                             "Diagnose the call of a client, which asks for its realm, or put the real value into the call.",
	"Follow the advice by hand. For a client's own token, give its secret as well (--client-secret-file).":   "Follow the advice by hand. For a client's own token, diagnose the call of that client.",
	"Give it with --realm.": "Diagnose the call of a client, which asks for its realm.",
	"Give it with --user-id, or put the real value into the call.":                                                                                                                                             "Give the user id, or put the real value into the call.",
	"Give the base path with --url, and the call from /admin on.":                                                                                                                                              "Give the base path with the server's URL, and the call from /admin on.",
	"Give the client (--client-id), a token (--token-file), or a pasted call (--curl-file).":                                                                                                                   "Give the client, a token, or a pasted call.",
	"What the server really answers: --send sends the call.":                                                                                                                                                   "What the server really answers: the call is not sent from here.",
	"Give the client with --client-id, or a token with --token-file.":                                                                                                                                          "Give the client, or a token.",
	"Give the token (--token-file), or the client (--client-id) and its secret; without the text, the call is --call \"%s %s\".":                                                                               "Give the token, or the client and its secret: the call is %s %s.",
	"Paste the command from its first word to its end, or give the call by --call \"%s %s\" and its token by --token-file.":                                                                                    "Paste the command from its first word to its end, or diagnose a token with the call %s %s.",
	"Paste the command from its first word to its end, or give the call by --call \"GET /admin/realms/my-realm/users\" and its token by --token-file.":                                                         "Paste the command from its first word to its end, or diagnose a token with its call.",
	"Paste it with the refresh token, or give an access token by --token-file; the call is then --call \"%s %s\".":                                                                                             "Paste it with the refresh token, or diagnose an access token with the call %s %s.",
	"Give the call and its token, with your own values where these are not: --url %s --call \"%s %s\" --token-file FILE.":                                                                                      "Diagnose a token instead, with the server %s and the call %s %s (your own values where these are not).",
	"Whether what is held is enough: an admin sees what decides, and --send would show it.":                                                                                                                    "Whether what is held is enough: an admin sees what decides.",
	"If it is yours, name it with --url.":                                                                                                                                                                      "If it is yours, diagnose the call again and agree to it.",
	"Name it (--url, FIX403_URL), or give a pasted call, or a whole URL as the call.":                                                                                                                          "Name it, or give a pasted call, or a whole URL as the call.",
	"Not sent to %s: %s. In the paste it goes to %s, so it is not sent anywhere else. Use a token instead, or give the secret separately if it is meant for this server (--token-file, FIX403_CLIENT_SECRET).": "Not sent to %s: %s. In the paste it goes to %s, so it is not sent anywhere else. Use a token instead, or give the secret separately if it is meant for this server.",
	"Not sent to %s: %s. This server appears only in %s. If it is yours, name it with --url.":                                                                                                                  "Not sent to %s: %s. This server appears only in %s. If it is yours, diagnose the call again and agree to it.",
	"Nothing was sent. Make sure which of the two is yours before you change the call or the server's URL (--url, FIX403_URL).":                                                                                "Nothing was sent. Make sure which of the two is yours before you change the call or the server's URL.",
	"Run fix403 doctor --fix on a terminal and without --yes, which asks; or grant the role of your choice by hand, as shown.":                                                                                 "Grant the role of your choice by hand, as shown.",
	"The pasted call and --call both name a call (--curl-file and --call).":                                                                                                                                    "The pasted call and the other field both name a call.",
	"What the server's configuration is: that requires an admin (--admin-user and FIX403_ADMIN_PASSWORD).":                                                                                                     "What the server's configuration is: that requires an admin.",
	"fix403 --fix grants roles and adds scope mappings; this verdict needs neither (%s).":                                                                                                                      "The fix grants roles and adds scope mappings; this verdict needs neither (%s).",
	"Which of these it is: diagnose that token by itself (--token-file).":                                                                                                                                      "Which of these it is: diagnose that token by itself.",
	"The token endpoint issues the requested token. Nothing else was checked, since no call of the admin API was named: add it with --call, or paste it after the token request.":                              "The token endpoint issues the requested token. Nothing else was checked, since no call of the admin API was named: paste it after the token request.",
	"Why your own call was refused: give the client instead (--client-id, its secret or --client-key-file, and --dpop), and the call is made with a new token and new proofs.":                                 "Why your own call was refused: diagnose the call of the client instead, which is made with a new token.",
	"%s: files that a text names are not read (give the client's certificate and key by --client-cert and --client-key)":                                                                                       "%s: files that a text names are not read",
	"the assertion, which the text does not show (give it by --client-assertion-file, or the client's key by --client-key-file)":                                                                               "the assertion, which the text does not show",
	"The pasted assertion is sent unchanged: each is valid for one token request, so one that your program already sent is refused. With the client's key (--client-key-file) a new one is signed.":            "The pasted assertion is sent unchanged: each is valid for one token request, so one that your program already sent is refused.",
	"The client %s authenticates with a client certificate (X.509), according to its configuration, and none was presented: make the token request over https with it (here --client-cert and --client-key).":  "The client %s authenticates with a client certificate (X.509), according to its configuration, and none was presented: make the token request over https with it.",
	"The tokens of the client %s are bound to its certificate, and the token request had none: make it over https with the client's certificate and key (here --client-cert and --client-key).":                "The tokens of the client %s are bound to its certificate, and the token request had none: make it over https with the client's certificate and key.",
	"Give the user with --user.":                                                   "Put the username into the text.",
	"Give the call by --call and its token by --token-file.":                       "Paste the token request, or give a token.",
	"the username, which the text does not show (give it by --user)":               "the username, which the text does not show",
	"the password, which the text does not show (give it by FIX403_USER_PASSWORD)": "the password, which the text does not show",
	"the client id, which the text does not show (give it by --client-id)":         "the client id, which the text does not show",
	"the secret, which the text does not show (give it by FIX403_CLIENT_SECRET)":   "the secret, which the text does not show",
}
