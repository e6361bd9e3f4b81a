package flows

import (
	"strings"

	"fix403/flows/texts"
)

// Purpose is the purpose of an exchange or of one that is under way, in the language in use. Exchanges have it in English,
// as they were recorded.
func Purpose(recorded string) string {
	if what, again, retried := strings.Cut(recorded, " (try "); retried {
		try, tries, _ := strings.Cut(strings.TrimSuffix(again, ")"), " of ")
		return Purpose(what) + " " + texts.T("(try %s of %s)", try, tries)
	}
	for _, text := range purposes {
		before, after, named := strings.Cut(string(text), "%s")
		name, fits := strings.CutPrefix(recorded, before)
		if named && fits {
			name, fits = strings.CutSuffix(name, after)
		}
		switch {
		case fits && named:
			return texts.T(text, name)
		case fits && name == "":
			return text.String()
		}
	}
	return recorded
}

// purposes are what exchanges are for, by the packages keycloak, flows and doctor; those with a name in them come last.
var purposes = []texts.Text{
	"is there a Keycloak at this address?",
	"log the admin in",
	"log the admin in again: the last token was not accepted",
	"log the admin in again: the token is about to expire",
	"log the admin in again: the token is older than the realm",
	"read the server's version",
	"list the realms",
	"read the realm",
	"create the realm",
	"delete the realm",
	"create the client",
	"delete the client",
	"read the client secret",
	"find the user",
	"create the user",
	"delete the user",
	"get a token by client credentials",
	"read the user with the client's token",
	"try an edited URL",
	"find the service account of the client",
	"read the roles of the client",
	"read the roles given directly",
	"read the roles in effect",
	"try the OLD token once more",
	"the same call with a new token",
	"see whether the admin may manage clients",
	"see whether the admin may manage users",
	"see which roles the admin may give",
	"see whether this admin is a temporary one",
	"create a client for the experiment",
	"create a realm role of the same name",
	"create the user as the admin",
	"disable the client",
	"find its service account",
	"find the client scope roles",
	"give the realm role",
	"list the users",
	"look for realm roles",
	"map the role to the client's scope",
	"read a user of a realm that is not there",
	"read a user of a realm that is not there, without a token",
	"read a user of master",
	"read a user who is not there",
	"read the client",
	"read the realm role",
	"read the user with a lightweight token",
	"read the user with a realm role of the same name",
	"read the user with a refresh token",
	"read the user with a tampered token",
	"read the user with a token of another server",
	"read the user with a token that is none",
	"read the user with a token without role claims",
	"read the user with an ID token",
	"read the user with an expired token",
	"read the user with the disabled client's token",
	"read the user with the revoked token",
	"read the user with the token from before the grant",
	"read the user with the token from before the revoke",
	"read the user without a token",
	"read the user, through a pretended firewall",
	"read the user: full scope is off",
	"read the user: the role is his, not the caller's",
	"read the user: the role is in scope",
	"remove it from the client",
	"set the client's not-before to after the token",
	"the call",
	"is this token let into the realm? (in place of the call, which is not sent)",
	"is the new token let into the realm? (in place of the call, which is not sent)",
	"is the object there? (in place of the call, which is not sent)",
	"does the realm give tokens now?",
	"get a new token",
	"the same call again",
	"the same call with the old token",
	"the same call, made by the admin",
	"who issues tokens here?",
	"the realm's keys",
	"is it the name of a user?",
	"read the realm's settings",
	"find the client",
	"list the clients",
	"read the account that calls",
	"read which roles the client's scope lets through",
	"list the client's default client scopes",
	"list the client scopes",
	"read the realm roles in effect",
	"find who holds the role",
	"read the client's scope mappings",
	"let the role through the client's scope",
	"take the role out of the client's scope",
	"switch lightweight access tokens of the client",
	"create a user, with %s",
	"delete him, with %s",
	"find the client %s",
	"give the client the default scope %s",
	"give the client the optional scope %s",
	"take the default scope %s from the client",
	"take the optional scope %s from the client",
	"give the role %s",
	"take the role %s back",
}
