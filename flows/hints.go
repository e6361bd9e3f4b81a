package flows

import "fix403/flows/texts"

// hints of each step: first a nudge, then where to look, then the answer.
var hints = map[StepID][3]texts.Text{
	StepConnect: {
		"Somebody has to be allowed to make realms and clients. Which realm does such an admin live in?",
		"The realm master is there from the start, and holds the first admin. Its token endpoint is /realms/master/protocol/openid-connect/token; user and password go there, never to the admin API.",
		"POST to the token endpoint of master with grant_type=password, client_id=admin-cli, username and password. The access_token of the answer is the bearer token of every later call.",
	},
	StepRealm: {
		"The story needs a place where it can break nothing. What does a new realm need besides its name?",
		"In the Admin Console: Create realm. In the API: POST /admin/realms. Look at what the realm is when the JSON says only its name.",
		"POST /admin/realms with realm and enabled: true. Left out, enabled is false, and the realm gives no token to anybody.",
	},
	StepClient: {
		"A program has no browser and no user in front of it. What does it need to get a token on its own, and who is it then?",
		"Look at the client's Capability config: one setting gives it a secret, another a user of its own.",
		"POST /admin/realms/{realm}/clients with publicClient: false, for the secret, and serviceAccountsEnabled: true, for the service account.",
	},
	StepUser: {
		"The call will read a user. Does that user have to be able to log in?",
		"In the Admin Console: Users. In the API: POST /admin/realms/{realm}/users. Look for the new id in a header of the answer.",
		"POST …/users with username and enabled: true, without a password. The id is the last part of the Location header.",
	},
	StepFirstCall: {
		"The server knows the client: its token is genuine. Is knowing who calls the same as letting him?",
		"Look at the token (the token pane, or the word token): which roles of realm-management does it hold?",
		"It holds none, so the call is answered with 403. 401 would mean that the token itself was not accepted.",
	},
	StepGrant: {
		"A role is missing. Whose role: that of the user who is read, or of the one who reads?",
		"Roles for the admin API are client roles of realm-management. The one to give them to is the user behind the client: the tab Service account roles.",
		"Give view-users of realm-management to the service account. It is the smallest role that reads a user; manage-users and realm-admin would allow far more.",
	},
	StepSecondCall: {
		"The role is given, but the old token was issued before that. Does a token change when a role is given?",
		"A token says what was true when it was issued. Whether the server goes by that or looks roles up at each call differs between versions: look at what the old token gets.",
		"Get a new token and send the same request: 200. The old one gets 403 up to 26.7.2, and 200 on 26.7.3 (measured).",
	},
}

// Hints returns the step's hints, to be given one at a time: a nudge, where to look, the answer.
func (s *Step) Hints() []string {
	h := hints[s.ID]
	return texts.All(h[:])
}
