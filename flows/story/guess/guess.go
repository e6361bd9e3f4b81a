// Package guess has the replies to wrong guesses: each names what that guess mistakes for what.
package guess

import "fix403/flows/texts"

// Pair is a guess and what came true, as indexes of the choices.
type Pair struct{ Guess, Truth int }

// Replies are what is said to each wrong guess.
type Replies map[Pair]texts.Text

// The choices of the questions for a status.
const passes, unauthorized, forbidden = 0, 1, 2

// Statuses are the choices of a question for the status of the call.
func Statuses() []texts.Text {
	return []texts.Text{"200 OK and the user", "401 Unauthorized", "403 Forbidden"}
}

// The replies to the questions of the steps, in their order.
var (
	AdminRealm = Replies{
		{1, 0}: "That realm does not exist yet, so nobody can log in there. The first admin is in master, which exists from the start.",
		{2, 0}: "The admin API never takes a password. The token endpoint of master does, and issues a token for the API.",
	}
	Enabled = Replies{
		{0, 1}: "The Admin Console sends \"enabled\" for you. The API takes what it is given: left out, it is false.",
		{2, 1}: "The API does not require it: the realm is created, but issues no tokens.",
	}
	Account = Replies{
		{0, 1}: "Client authentication gives the client a secret. A secret proves who it is, and holds no roles.",
		{2, 1}: "Direct access grants let the client log in users with their passwords. It still has no account for itself.",
	}
	UserID = Replies{
		{0, 2}: "A username can change, so paths do not use it. With it, the call finds no user.",
		{1, 2}: "An email address can change or be missing, so paths do not use it. With it, the call finds no user.",
	}
	FirstCall = Replies{
		{passes, forbidden}:       "A genuine token gets the request in. What the caller may do there is another question, and takes a role.",
		{unauthorized, forbidden}: "Many guess 401. But the secret was right and the token is genuine: Keycloak knows exactly who is calling. What is missing is a role.",
		{passes, unauthorized}:    "A genuine token is not enough on this server: it also has to be meant for the admin API, and this one is not.",
		{forbidden, unauthorized}: "403 comes later. This server first checks what the token is meant for, and this one is not meant for the admin API.",
	}
	Composite = Replies{
		{0, 1}: "One role was assigned, but view-users is a composite: it brings two others with it.",
		{2, 1}: "Only realm-admin brings them all. view-users brings just what reading users needs.",
		{1, 0}: "view-users is a composite role elsewhere. On this server it brings no other role.",
		{2, 0}: "Only realm-admin brings them all. On this server view-users brings no other role.",
	}
	OldToken = Replies{
		{passes, forbidden}:       "The role came after this token was issued, and this server goes by the roles in the token.",
		{unauthorized, forbidden}: "Old does not mean invalid: the token has not expired, so the server still knows who is calling. It lacks the role.",
		{unauthorized, passes}:    "A grant invalidates no token. This one had not expired, and the account holds the role now.",
		{forbidden, passes}:       "You counted on the roles in the token, as many versions do. Here it was enough that the account holds the role now.",
		{passes, unauthorized}:    "The role did not matter here: the token itself was not accepted, and roles come after that.",
		{forbidden, unauthorized}: "403 takes a token that is accepted. This one was not, so no role was looked at.",
	}
	NewToken = Replies{
		{unauthorized, passes}: "A new token of the same client is as genuine as the first one. Nothing was wrong with that.",
		{forbidden, passes}:    "403 meant that a role was missing. The account holds it now, and nothing else was in the way.",
	}
)
