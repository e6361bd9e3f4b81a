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
	return Line(w.Say(InForm(m))), Line(w.Say(InForm(h)))
}

// inForm has the sentences that name flags, each with the one for a form.
var inForm = map[texts.Text]texts.Text{ // #nosec G101 -- sentences
	"--fix takes an admin, and nothing was changed.":                                                       "The fix takes an admin, and nothing was changed.",
	"--insecure (give it to fix403, if certificates are not to be checked)":                                "--insecure (start fix403 with it, if certificates are not to be checked)",
	"-k (give --insecure to fix403, if certificates are not to be checked)":                                "-k (start fix403 with --insecure, if certificates are not to be checked)",
	"Add --allow-powerful if the account should have this power.":                                          "Agree to it if the account should have this power.",
	"Give --admin-user and FIX403_ADMIN_PASSWORD, or another admin's login.":                               "Give an admin's login.",
	"Give it with --realm, or write the real value into the call.":                                         "Ask for the call of a client, where its realm is asked for, or write the real value into the call.",
	"Follow the advice by hand. For a client's own token, give its secret as well (--client-secret-file).": "Follow the advice by hand. For a client's own token, diagnose the call of that client.",
	"Give it with --realm.": "Ask for the call of a client: there its realm is asked for.",
	"Give it with --user-id, or write the real value into the call.":                                                                                   "Give the user id, or write the real value into the call.",
	"Give the base path with --url, and the call from /admin on.":                                                                                      "Give the base path with the server's URL, and the call from /admin on.",
	"Give the client (--client-id), a token (--token-file), or a curl command (--curl-file).":                                                          "Give the client, a token, or a curl command.",
	"Give the client with --client-id, or a token with --token-file.":                                                                                  "Give the client, or a token.",
	"Give the token (--token-file), or the client (--client-id) and its secret; without the text, the call is --call \"%s %s\".":                       "Give the token, or the client and its secret: the call is %s %s.",
	"Paste the command from its first word to its end, or give the call by --call \"%s %s\" and its token by --token-file.":                            "Paste the command from its first word to its end, or diagnose a token with the call %s %s.",
	"Paste the command from its first word to its end, or give the call by --call \"GET /admin/realms/my-realm/users\" and its token by --token-file.": "Paste the command from its first word to its end, or diagnose a token with its call.",
	"If it is yours, name it with --url.":                                                                                                              "If it is yours, diagnose the call again and agree to it.",
	"Name it (--url, FIX403_URL), or give a curl command or a whole URL as the call.":                                                                  "Name it, or give a curl command or a whole URL as the call.",
	"Not sent to %s: %s. In the paste it goes to %s, so it is not sent anywhere else. Use a token instead, or give the secret separately if it is meant for this server (--token-file, FIX403_CLIENT_SECRET).": "Not sent to %s: %s. In the paste it goes to %s, so it is not sent anywhere else. Use a token instead, or give the secret separately if it is meant for this server.",
	"Not sent to %s: %s. This server appears only in %s. If it is yours, name it with --url.":                                                                                                                  "Not sent to %s: %s. This server appears only in %s. If it is yours, diagnose the call again and agree to it.",
	"Nothing was sent. Make sure which of the two is yours before you change the call or the server's URL (--url, FIX403_URL).":                                                                                "Nothing was sent. Make sure which of the two is yours before you change the call or the server's URL.",
	"Run fix403 doctor --fix on a terminal and without --yes, which asks; or grant the role of your choice by hand, as shown.":                                                                                 "Grant the role of your choice by hand, as shown.",
	"The curl command and the call (--curl-file and --call) both name a call.":                                                                                                                                 "The curl command and the call both name a call.",
	"What the server's configuration says: that takes an admin (--admin-user and FIX403_ADMIN_PASSWORD).":                                                                                                      "What the server's configuration says: that takes an admin.",
	"fix403 --fix gives roles and lets them through; there is nothing of that kind to do here (%s).":                                                                                                           "The fix gives roles and lets them through; there is nothing of that kind to do here (%s).",
	"the client id, which is a shell variable (give it by --client-id)":                                                                                                                                        "the client id, which is a shell variable",
	"the secret, which is a shell variable (give it by FIX403_CLIENT_SECRET)":                                                                                                                                  "the secret, which is a shell variable",
}
