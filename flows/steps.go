package flows

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// inputCode is the input of a one-time code. It is asked for after a login that may have lacked it.
const inputCode = "admin-code"

// theRole is the smallest role that allows GET users/{id} (measured, FACTS section 9).
const theRole = "view-users"

// What the old token showed after the grant: where this server reads roles from (FACTS, section 14).
const (
	DecidedInToken         = "in-token"                  // the old token still gets 403
	DecidedAtRequest       = "at-request"                // it passes, though the role is not in it
	DecidedAtRequestNoRole = "at-request-without-claims" // it passes, but it carries no role claim at all: 26.0 to 26.7.0 would look the same
)

var connectStep = &Step{
	ID: StepConnect, Title: "Connect as admin",
	Goal:   "A server is found, and an admin is logged in.",
	Why:    "Realms, clients and users are made through the admin API, and every call of it needs a bearer token. The admin of the realm master gets his with user and password.",
	Action: "Connect",
	Inputs: []Input{
		{Name: "url", Label: "Server URL", Help: "such as http://localhost:8080 or https://sso.example.com/auth", For: onRealServer},
		{Name: "admin-user", Label: "Admin user", Help: "an admin of the realm master", For: withPassword},
		{Name: "admin-password", Label: "Admin password", Help: "used for this run only, stored nowhere", Secret: true, For: withPassword},
		{Name: inputCode, Label: "One-time code", Help: "only for an admin who needs one to log in; else empty", Secret: true, Optional: true, For: withPassword},
	},
	Questions: []Question{{
		Ask:     "Where does the admin who may create realms log in?",
		Choices: []texts.Text{"in the realm master", "in the realm that will be created", "nowhere: the admin API takes the password itself"},
		answer:  func(State) int { return 0 },
	}},
	do: doConnect, check: checkConnect, undo: undoConnect,
	explain: func(s State) string {
		return texts.T("The token endpoint gave the admin an access token. From here on each call shows it as \"Authorization: Bearer …\": that is what 401 is about.") + " " + versionSentence(s)
	},
	hints: [3]texts.Text{
		"Somebody has to be allowed to make realms and clients. Which realm does such an admin live in?",
		"The realm master is there from the start, and holds the first admin. Its token endpoint is /realms/master/protocol/openid-connect/token; user and password go there, never to the admin API.",
		"POST to the token endpoint of master with grant_type=password, client_id=admin-cli, username and password. The access_token of the answer is the bearer token of every later call.",
	},
	moments: []Moment{
		{Step: StepConnect, Say: says("A program with perfectly good credentials asks Keycloak for a user, and gets 403. We build that case from nothing. First an admin logs in.")},
		{Step: StepConnect, After: true, Say: says("The admin got a token, and every call carries it. A call without one is stopped with 401: who are you?")},
	},
}

var realmStep = &Step{
	ID: StepRealm, Title: "Create the realm",
	Goal:   "There is a realm of its own for the story, enabled.",
	Why:    "A realm is a world apart: its own users, clients, roles and keys. What happens here touches nothing else on the server, and goes away with the realm.",
	Action: "Create the realm",
	Inputs: []Input{{Name: "realm", Label: "Realm name", Help: "case sensitive; a part of every URL"}},
	Questions: []Question{{
		Ask:     "A realm is created through the API without saying \"enabled\". What is it?",
		Choices: []texts.Text{"enabled", "disabled", "the call is refused"},
		answer:  func(State) int { return 1 },
	}},
	do: doRealm, check: checkRealm, undo: undoRealm,
	explain: func(State) string {
		return texts.T("Sent with enabled: true and read back. Left out, the realm would be disabled, and each token request answered with 403 \"Realm not enabled\".")
	},
	hints: [3]texts.Text{
		"The story needs a place where it can break nothing. What does a new realm need besides its name?",
		"In the Admin Console: Create realm. In the API: POST /admin/realms. Look at what the realm is when the JSON says only its name.",
		"POST /admin/realms with realm and enabled: true. Left out, enabled is false, and the realm gives no token to anybody.",
	},
	moments: []Moment{
		{Step: StepRealm, Say: says("Now a realm for the story. A realm is a world apart: nothing else on this server is touched.")},
		{Step: StepRealm, After: true, Say: says("The realm is there, enabled. That has to be said when it is created: left out, it would be disabled.")},
	},
}

var clientStep = &Step{
	ID: StepClient, Title: "Create the client",
	Goal:   "There is a confidential client with a service account.",
	Why:    "A program that calls the admin API is a client. Client authentication gives it a secret to prove who it is; service account roles give it a user of its own, and roles are given to that user.",
	Action: "Create the client",
	Inputs: []Input{
		{Name: "client-id", Label: "Client ID", Help: "the name; the server adds a uuid, which paths need"},
		{Name: "redirect-uris", Label: "Redirect URIs", Help: "optional: only a login in the browser needs them", Optional: true},
	},
	Questions: []Question{{
		Ask:     "Which setting gives the client something that roles can be assigned to?",
		Choices: []texts.Text{"client authentication", "service account roles", "direct access grants"},
		answer:  func(State) int { return 1 },
	}},
	do: doClient, check: checkClient, undo: undoClient,
	explain: func(s State) string {
		return texts.T("The client has its secret, and a service account: the user %s. Its credentials are perfectly good. No role has been given to it.", serviceAccountName(s.Params.ClientID))
	},
	hints: [3]texts.Text{
		"A program has no browser and no user in front of it. What does it need to get a token on its own, and who is it then?",
		"Look at the client's Capability config: one setting gives it a secret, another a user of its own.",
		"POST /admin/realms/{realm}/clients with publicClient: false, for the secret, and serviceAccountsEnabled: true, for the service account.",
	},
	moments: []Moment{
		{Step: StepClient, Say: says("A program that calls the admin API is a client. It gets a secret to prove who it is, and a service account: a user of its own, which can be given roles.")},
		{Step: StepClient, After: true, Say: says("The client is there, with its secret. Remember one thing: nobody has given it a role.")},
	},
}

var userStep = &Step{
	ID: StepUser, Title: "Create the user",
	Goal:   "There is a user to ask about.",
	Why:    "The call of this story reads one user by id. John needs no password: he never logs in, he is only looked up.",
	Action: "Create the user",
	Inputs: []Input{
		{Name: "username", Label: "Username", Help: "stored in lower case"},
		{Name: "email", Label: "E-mail", Help: "optional", Optional: true},
	},
	Questions: []Question{{
		Ask:     "Which name of the user does the path of the call need?",
		Choices: []texts.Text{"the username", "the e-mail address", "the id, a uuid that the server made"},
		answer:  func(State) int { return 2 },
	}},
	do: doUser, check: checkUser, undo: undoUser,
	explain: func(State) string {
		return texts.T("The id came in the Location header of the 201. With the username in its place the same call finds nothing.")
	},
	hints: [3]texts.Text{
		"The call will read a user. Does that user have to be able to log in?",
		"In the Admin Console: Users. In the API: POST /admin/realms/{realm}/users. Look for the new id in a header of the answer.",
		"POST …/users with username and enabled: true, without a password. The id is the last part of the Location header.",
	},
	moments: []Moment{
		{Step: StepUser, Say: func(s State) string {
			return texts.T("And a user to ask about: %s. He never logs in, he is only looked up.", s.Params.Username)
		}},
		{Step: StepUser, After: true, Say: says("The server made an id for the user. The call needs this id, not the name.")},
	},
}

var firstCallStep = &Step{
	ID: StepFirstCall, Title: "The call that fails",
	Goal:   "The client calls GET users/{id} with a good token, and is refused.",
	Why:    "This is the wall. The client gets a token by the client credentials grant: the server knows it. Then it asks for a user.",
	Action: "Make the call",
	Questions: []Question{{
		Ask:     "The client's token is genuine and fresh. What will the server answer?",
		Choices: []texts.Text{"200 and the user", "401 Unauthorized", "403 Forbidden"},
		answer:  func(s State) int { return statusChoice(s.FirstCall) },
	}},
	do: doFirstCall, check: checkFirstCall, look: lookFirstCall,
	explain: explainFirstCall,
	hints: [3]texts.Text{
		"The server knows the client: its token is genuine. Is knowing who calls the same as letting him?",
		"Look at the token (the token pane, or the word token): which roles of realm-management does it hold?",
		"It holds none, so the call is answered with 403. 401 would mean that the token itself was not accepted.",
	},
	moments: []Moment{
		{Step: StepFirstCall, Say: says("Now the call that all this is about. The token will be genuine and fresh. What will the server answer: 200, 401 or 403?")},
		{Step: StepFirstCall, After: true, Say: says("403. It is not 401: the token passed the gate of identity. It was stopped at the gate of roles. I know who you are, and you may not.")},
		{Step: StepFirstCall, After: true, Token: true, Say: func(s State) string {
			return texts.T("Look into the token. It is signed, valid, and of this realm. It holds %s, and those are the roles that open the admin API.", roleCount(s.FirstCall.Token))
		}},
	},
}

var grantStep = &Step{
	ID: StepGrant, Title: "Give the missing role",
	Goal:   "The service account has the client role view-users of realm-management.",
	Why:    "Who may do what in a realm is decided by the roles of its client realm-management. Reading users needs view-users; it is the smallest role that does. manage-users and realm-admin would do too, and would allow far more.",
	Action: "Give view-users",
	Questions: []Question{{
		Ask:     "One role is given. How many roles of realm-management will the service account have in effect?",
		Choices: []texts.Text{"one", "three", "all of them"},
		answer: func(s State) int {
			switch {
			case len(s.EffectiveRoles) == 1:
				return 0
			case len(s.EffectiveRoles) == 3:
				return 1
			}
			return -1
		},
	}},
	do: doGrant, check: checkGrant, undo: undoGrant,
	explain: func(s State) string {
		return texts.T("view-users is a composite role: it brings %s with it. It went to the service account, since the token speaks for that user, not to %s, who is only read.",
			list(slices.DeleteFunc(slices.Clone(s.EffectiveRoles), func(r string) bool { return r == theRole })), s.Params.Username)
	},
	hints: [3]texts.Text{
		"A role is missing. Whose role: that of the user who is read, or of the one who reads?",
		"Roles for the admin API are client roles of realm-management. The one to give them to is the user behind the client: the tab Service account roles.",
		"Give view-users of realm-management to the service account. It is the smallest role that reads a user; manage-users and realm-admin would allow far more.",
	},
	moments: []Moment{
		{Step: StepGrant, Say: says("So one role is missing: view-users, the smallest that reads a user. It goes to the service account, not to the user who is read.")},
		{Step: StepGrant, After: true, Say: func(s State) string {
			return texts.T("One role was given, and %d are in effect: view-users is composite. realm-admin would have worked too, and would allow far more.", len(s.EffectiveRoles))
		}},
	},
}

var secondCallStep = &Step{
	ID: StepSecondCall, Title: "The same call passes",
	Goal:   "The same request, with a new token, is answered with 200 and the user.",
	Why:    "First the old token once more, unchanged, to see where this server reads roles from. Then a new token, and exactly the request that failed.",
	Action: "Make the call again",
	Questions: []Question{
		{
			Ask:     "First the OLD token, issued before the role was given. What will the server answer now?",
			Choices: []texts.Text{"200 and the user", "401 Unauthorized", "403 Forbidden"},
			answer:  func(s State) int { return statusChoice(s.OldTokenCall) },
		},
		{
			Ask:     "And the same request with a NEW token?",
			Choices: []texts.Text{"200 and the user", "401 Unauthorized", "403 Forbidden"},
			answer:  func(s State) int { return statusChoice(s.SecondCall) },
		},
	},
	do: doSecondCall, check: checkSecondCall, look: lookSecondCall,
	explain: explainSecondCall,
	hints: [3]texts.Text{
		"The role is given, but the old token was issued before that. Does a token change when a role is given?",
		"A token says what was true when it was issued. Whether the server goes by that or looks roles up at each call differs between versions: look at what the old token gets.",
		"Get a new token and send the same request: 200. The old one gets 403 up to 26.7.2, and 200 on 26.7.3 (measured).",
	},
	moments: []Moment{
		{Step: StepSecondCall, Say: says("First the old token once more, issued before the grant. Then a new one, with the same request. Which of them will pass?")},
		{Step: StepSecondCall, After: true, Say: sayOldToken},
		{Step: StepSecondCall, After: true, Token: true, Say: func(s State) string {
			return texts.T("The new token, held against the first: the same client, the same realm. It holds %s.", roleCount(s.SecondCall.Token))
		}},
		{Step: StepSecondCall, After: true, Say: func(s State) string {
			return texts.T("From 403 to 200, with one role and nothing else.") + " " + removedSentence(s)
		}},
	},
}

var steps = []*Step{connectStep, realmStep, clientStep, userStep, firstCallStep, grantStep, secondCallStep}

func statusChoice(c *Call) int {
	if c == nil {
		return -1
	}
	return slices.Index([]int{http.StatusOK, http.StatusUnauthorized, http.StatusForbidden}, c.Stop.Status)
}

// mostListed is how many names a sentence has: no client of Keycloak's own has half as many roles.
const mostListed = 60

func list(words []string) string {
	switch n := len(words); n {
	case 0:
		return texts.T("none")
	case 1:
		return words[0]
	default:
		if n > mostListed {
			return texts.T("%s, and %d more", strings.Join(words[:mostListed], ", "), n-mostListed)
		}
		return texts.T("%s and %s", strings.Join(words[:n-1], ", "), words[n-1])
	}
}

func versionSentence(s State) string {
	if s.Version == "" {
		return texts.T("The server does not tell this admin its version.")
	}
	return texts.T("The server is Keycloak %s.", s.Version)
}

func doConnect(ctx context.Context, s *Story) (string, []string, error) {
	s.mu.Lock()
	in := s.inputs
	s.mu.Unlock()
	o := keycloak.Options{Recorder: s.conn.Recorder, Timeout: s.options.Timeout, RealmTimeout: s.options.RealmTimeout, Now: s.options.Now, Transport: s.conn.Transport}
	var notes []string
	if o.Transport == nil {
		t, err := keycloak.NewTransport(s.options.TLS)
		if err != nil {
			return "", nil, err
		}
		o.Transport, s.conn.Transport = t, t
	}
	if risk := Insecure(s.options.TLS); risk != "" && !s.options.Practice {
		notes = append(notes, texts.T("Warning: %s", risk))
	}
	notes = append(notes, s.exposedNotes()...)
	server, err := keycloak.Open(ctx, in.url, o)
	if err != nil {
		return "", notes, err
	}
	if want, err := keycloak.NormalizeURL(in.url); err == nil && want != server.URL() {
		notes = append(notes, texts.T("The server was found at %s, not at %s.", server.URL(), want))
	}
	admin, err := server.Login(ctx, in.credentials)
	if err != nil {
		return "", notes, err
	}
	s.conn.Server, s.conn.Admin = server, admin
	s.update(func(st *State) {
		s.inputs.credentials = admin.Credentials()
		st.URL, st.AdminName, st.AdminRealm = server.URL(), admin.Name(), admin.Realm()
		if id := in.credentials.ClientID; id != "" {
			st.AdminName, st.AdminIsClient = id, true
		}
	})
	return texts.T("Found a Keycloak at %s and logged in as %s in the realm %s.", server.URL(), admin.Name(), admin.Realm()), notes, nil
}

func checkConnect(ctx context.Context, s *Story) (string, []string, error) {
	if s.conn.Admin == nil {
		return "", nil, checkFailed("Enter the server's URL and the admin's name and password.", "No admin is logged in.")
	}
	version, err := s.conn.Admin.Version(ctx)
	if err != nil {
		return "", nil, err
	}
	s.update(func(st *State) { st.Version = version })
	notes, err := s.temporaryNotes(ctx, version)
	notes = append(s.nameNotes(), notes...)
	return texts.T("The admin API accepts the admin's token.") + " " + versionSentence(s.current()), notes, err
}

// temporaryNotes warn of an admin that is meant to be replaced. Servers before 26.0 know no such admins.
func (s *Story) temporaryNotes(ctx context.Context, version string) ([]string, error) {
	if major, _, _ := strings.Cut(version, "."); s.options.Practice || s.conn.Admin.Realm() != "master" || len(major) < 2 || major < "26" {
		return nil, nil
	}
	temporary, err := s.conn.Admin.Temporary(ctx)
	if !temporary || err != nil {
		return nil, err
	}
	return []string{texts.T("This admin is a temporary one, made at the server's first start or by bootstrap-admin: it works, but Keycloak wants it replaced by a lasting one.")}, nil
}

// grace is how long the answer to a call is waited for that goes on, on the server, once it was given up here.
const grace = 15 * time.Second

// Lasting returns a context that outlives ctx by a while, and a function that ends it.
func Lasting(ctx context.Context) (context.Context, func()) {
	lasting, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, giveUp) })
	return lasting, func() {
		stop()
		giveUp()
	}
}

// doRealm does not give up at once: a server goes on creating a realm which nobody waits for any more, and would have it
// after it was looked for and not found (seen on 26.7.3).
func doRealm(ctx context.Context, s *Story) (string, []string, error) {
	st := s.current()
	if st.Existing {
		return doExistingRealm(ctx, s)
	}
	lasting, giveUp := Lasting(ctx)
	defer giveUp()
	r, err := s.conn.Admin.EnsureRealm(lasting, st.Params.Realm, st.RunID, func(kind, realm, name string) (func(string) error, error) {
		if err := givenUp(ctx); err != nil {
			return nil, err
		}
		if err := s.checkMaster(ctx); err != nil {
			return nil, err
		}
		return s.intent(kind, realm, name)
	})
	if err != nil {
		return "", nil, creationRefused(err)
	}
	s.update(func(st *State) { st.Unanswered = "" })
	if err := givenUp(ctx); err != nil {
		return "", nil, err
	}
	if r.Created {
		return texts.T("Created the realm %s, marked as made by fix403.", r.Name), nil, nil
	}
	return s.foundThere("realm", r.Name, r.Name, r.Marker)
}

// doExistingRealm creates no realm: a name that is not there is a slip, and not a wish.
func doExistingRealm(ctx context.Context, s *Story) (string, []string, error) {
	name := s.current().Params.Realm
	r, err := s.conn.Admin.FindRealm(ctx, name)
	switch {
	case keycloak.KindOf(err) == keycloak.KindNotFound:
		return "", nil, checkFailed("Check the realm's name: it is case sensitive. Start fix403 without --existing to have a realm created.",
			"There is no realm %s on this server, and none is created when the story is to work in an existing one.", name)
	case keycloak.KindOf(err) == keycloak.KindAdminRefused:
		return "", nil, cmp.Or(s.checkRights(ctx), err)
	case err != nil:
		return "", nil, err
	}
	if r.Marker == "" {
		if err := s.checkRights(ctx); err != nil {
			return "", nil, err
		}
	}
	return s.foundThere("realm", r.Name, r.Name, r.Marker)
}

// creationRefused adds what is known of who may create a realm.
func creationRefused(err error) error {
	if e := asKeycloakError(err); e != nil && e.Kind == keycloak.KindAdminRefused && e.Status == http.StatusForbidden {
		with := *e
		with.Hint = msg.New("Creating a realm takes an admin of the realm master, or a user or client of master with its realm role create-realm; no role of realm-management is enough (measured). To work inside a realm that is there, start fix403 with --existing.")
		return &with
	}
	return err
}

// foundThere says that an object is there which the step would have created. One with the mark of this run was created by
// it, though the answer never came, and is counted so.
func (s *Story) foundThere(kind, name, id, marker string) (string, []string, error) {
	st := s.current()
	if marker != st.RunID || slices.ContainsFunc(st.Created, func(c Created) bool { return c.Kind == kind && !c.Removed }) {
		return texts.T("The %s %s is there already.", KindWord(kind), name), nil, nil
	}
	s.came(kind, st.Params.Realm, name, id)
	err := s.options.Journal.confirmed(s.entry(kind, st.Params.Realm, name, id))
	return texts.T("The %s %s is there: it was created although the answer never came.", KindWord(kind), name), nil, err
}

// givenUp is the error of a step whose context has ended.
func givenUp(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return &keycloak.Error{Kind: keycloak.KindCanceled, Message: msg.New("The step was given up."), Err: ctx.Err()}
}

func checkRealm(ctx context.Context, s *Story) (string, []string, error) {
	st := s.current()
	name := st.Params.Realm
	r, err := s.conn.Admin.FindRealm(ctx, name)
	if keycloak.KindOf(err) == keycloak.KindNotFound {
		s.notThere("realm", name, name)
		return "", nil, missing("Create it, here or by hand.", "The server has no realm %s.", name)
	}
	if err != nil {
		return "", nil, err
	}
	if err := acceptable("realm", name, r.Differs, func(keycloak.Difference) bool { return true }); err != nil {
		return "", nil, err
	}
	byHand := false
	if r.Marker == "" && !r.Reduced && !st.Existing {
		if byHand, err = s.madeMeanwhile("realm", name, name, name); err != nil {
			return "", nil, err
		}
	}
	var notes []string
	switch {
	case byHand:
		notes = append(notes, madeByHandNote("realm"))
	case r.Reduced && s.tokenIsOlder(name):
		return "", nil, olderToken(name)
	case r.Reduced && !st.Existing:
		return "", nil, refused("not-ours", "Use an admin with the role view-realm, or take another realm name (--realm).",
			"There is a realm %s on this server that this admin may not view, so whether fix403 created it is not known. Nothing in it was touched.", name)
	case r.Marker == "" && !st.Existing:
		return "", nil, refused("not-ours", "Take another realm name (--realm), or work inside this one, where only a client and a user are created then: fix403 run --existing, i in the wizard, existing in the line mode.",
			"There is a realm %s on this server that fix403 did not create. Nothing in it was touched.", name)
	case r.Marker == "":
		notes = append(notes, texts.T("The realm was there before fix403: only client and user are created in it, and only they are removed."))
	case r.Marker != st.RunID:
		notes = append(notes, texts.T("The realm comes from an earlier run of fix403 and is used again."))
	}
	s.update(func(st *State) { st.Realm, st.RealmByHand = r, byHand })
	if r.Reduced {
		return texts.T("The server has the realm %s; this admin may not see more of it.", name), notes, nil
	}
	return texts.T("The server has the realm %s, enabled.", name), notes, nil
}

// acceptable refuses an existing object by the differences that the story can not live with; the others are notes.
func acceptable(kind, name string, differs []keycloak.Difference, fatal func(keycloak.Difference) bool) error {
	var bad []string
	for _, d := range differs {
		if fatal(d) {
			bad = append(bad, d.String())
		}
	}
	if bad == nil {
		return nil
	}
	return refused("differs", "Change it by hand, or take another name.",
		"The %s %s differs from what the story needs: %s. It was left as it is.", KindWord(kind), name, strings.Join(bad, "; "))
}

func differNotes(kind string, differs []keycloak.Difference) []string {
	var notes []string
	for _, d := range differs {
		notes = append(notes, texts.T("The %s was there before: %s. It was left so.", KindWord(kind), d))
	}
	return notes
}

// ours tells whether the client may be changed: it is marked, or stands in a realm that was made for the story.
func ours(st State, c *keycloak.Client) bool {
	return c.Marker != "" || st.Realm != nil && st.Realm.Marker != "" || st.RealmByHand
}

func doClient(ctx context.Context, s *Story) (string, []string, error) {
	st := s.current()
	c, err := s.conn.Admin.EnsureClient(ctx, st.Params.Realm, st.Params.ClientID, st.Params.RedirectURIs, st.RunID, s.intent)
	if err != nil {
		return "", nil, err
	}
	if c.Created {
		return texts.T("Created the confidential client %s.", c.ClientID), nil, nil
	}
	return s.foundThere("client", c.ClientID, c.ID, c.Marker)
}

func checkClient(ctx context.Context, s *Story) (string, []string, error) {
	st := s.current()
	c, err := s.conn.Admin.FindClient(ctx, st.Params.Realm, st.Params.ClientID)
	if keycloak.KindOf(err) == keycloak.KindNotFound {
		s.notThere("client", st.Params.Realm, st.Params.ClientID)
		return "", nil, notThereYet(err)
	}
	if err != nil {
		return "", nil, err
	}
	c.Created = slices.ContainsFunc(st.Created, func(o Created) bool { return o.Kind == "client" && o.ID == c.ID })
	needed := []string{"enabled", "client authentication", "service account roles", "full scope allowed"}
	if err := acceptable("client", c.ClientID, c.Differs, func(d keycloak.Difference) bool { return slices.Contains(needed, d.Setting) }); err != nil {
		return "", nil, err
	}
	notes := differNotes("client", c.Differs)
	if !ours(st, c) {
		byHand, err := s.madeMeanwhile("client", st.Params.Realm, c.ClientID, c.ID)
		if err != nil {
			return "", nil, err
		}
		if !byHand {
			return "", nil, s.refuseForeign(ctx, c)
		}
		notes = append(notes, madeByHandNote("client"))
	}
	secret, err := s.conn.Admin.ClientSecret(ctx, st.Params.Realm, c.ID)
	if err != nil {
		return "", nil, err
	}
	s.mu.Lock()
	if s.state.Client != nil && s.state.Client.ID != c.ID {
		s.state.ServiceAccount = nil
	}
	s.secret, s.state.Client, s.shown = secret, c, nil
	s.mu.Unlock()
	return texts.T("The server has the client %s with service account and secret.", c.ClientID), notes, nil
}

// refuseForeign says why the story can not be told with somebody else's client: its last steps would change it.
func (s *Story) refuseForeign(ctx context.Context, c *keycloak.Client) error {
	e := refused("not-ours", "Take another client id (--client-id), and fix403 creates a client of its own.",
		"The client %s was not created by fix403: no role is given to it here. Nothing was changed.", c.ClientID)
	held, err := s.heldRoles(ctx, c.ID)
	if err != nil {
		return err
	}
	if held.has(theRole) {
		e.Kind = "already-has-role"
		e.Message = msg.New("This client already has the role %s, so its call would not fail, and fix403 did not create it: nothing was changed.", theRole)
	}
	return e
}

// holding is which roles of realm-management a service account has.
type holding struct {
	account           *keycloak.User
	direct, effective []keycloak.Role
}

func (h holding) has(role string) bool { return slices.Contains(names(h.effective), role) }

func names(roles []keycloak.Role) []string {
	out := []string{}
	for _, r := range roles {
		out = append(out, r.Name)
	}
	return out
}

func (s *Story) heldRoles(ctx context.Context, clientUUID string) (h holding, err error) {
	realm := s.current().Params.Realm
	if h.account, err = s.serviceAccount(ctx, clientUUID); err != nil {
		return h, err
	}
	if err := s.findRole(ctx); err != nil {
		return h, err
	}
	if h.direct, err = s.conn.Admin.DirectRoles(ctx, realm, h.account.ID, s.rmID); err != nil {
		return h, err
	}
	h.effective, err = s.conn.Admin.EffectiveRoles(ctx, realm, h.account.ID, s.rmID)
	return h, err
}

// serviceAccount finds the user behind a client's service account, once: it stays the same as long as the client does.
func (s *Story) serviceAccount(ctx context.Context, clientUUID string) (*keycloak.User, error) {
	st := s.current()
	if st.ServiceAccount != nil {
		return st.ServiceAccount, nil
	}
	account, err := s.conn.Admin.ServiceAccount(ctx, st.Params.Realm, clientUUID)
	if err != nil {
		return nil, err
	}
	s.update(func(st *State) { st.ServiceAccount = account })
	return account, nil
}

// findRole reads realm-management and its role view-users from the server, once.
func (s *Story) findRole(ctx context.Context) error {
	if s.role.ID != "" {
		return nil
	}
	realm := s.current().Params.Realm
	rm, err := s.conn.Admin.FindClient(ctx, realm, keycloak.RealmManagement)
	if err != nil {
		return err
	}
	roles, err := s.conn.Admin.ClientRoles(ctx, realm, rm.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(roles, func(r keycloak.Role) bool { return r.Name == theRole })
	if i < 0 {
		return checkFailed("Somebody removed it: take a fresh realm.", "The client realm-management of this realm has no role %s.", theRole)
	}
	s.rmID, s.role = rm.ID, roles[i]
	return nil
}

func doUser(ctx context.Context, s *Story) (string, []string, error) {
	st := s.current()
	run := "" // in a realm of ours the user needs no mark: it goes with the realm
	if st.Realm.Marker == "" {
		run = st.RunID
	}
	u, err := s.conn.Admin.EnsureMarkedUser(ctx, st.Params.Realm, st.Params.Username, st.Params.Email, run, s.intent)
	if err != nil {
		return "", nil, err
	}
	if u.Created {
		return texts.T("Created the user %s.", u.Username), nil, nil
	}
	return s.foundThere("user", u.Username, u.ID, u.Marker)
}

func checkUser(ctx context.Context, s *Story) (string, []string, error) {
	st := s.current()
	u, err := s.conn.Admin.FindUser(ctx, st.Params.Realm, st.Params.Username, st.Params.Email)
	if keycloak.KindOf(err) == keycloak.KindNotFound {
		return "", nil, notThereYet(err)
	}
	if err != nil {
		return "", nil, err
	}
	s.update(func(st *State) { st.User = u })
	return texts.T("The server has the user %s with the id %s.", u.Username, u.ID), differNotes("user", u.Differs), nil
}

func doFirstCall(ctx context.Context, s *Story) (string, []string, error) {
	st := s.current()
	var notes []string
	if !st.Client.Created || s.resumed || st.FirstCall != nil && st.FirstCall.Exchange.Status == http.StatusOK {
		note, err := s.takeRoleBack(ctx)
		if err != nil {
			return "", nil, err
		}
		if note != "" {
			notes = append(notes, note)
		}
	}
	status, err := s.firstCall(ctx)
	if err != nil {
		return "", notes, err
	}
	return texts.T("The client got a token and called GET users/{id}: %d.", status), notes, nil
}

// firstCall makes the call and returns its status.
func (s *Story) firstCall(ctx context.Context) (int, error) {
	st := s.current()
	token, err := s.conn.Server.ClientToken(ctx, st.Params.Realm, st.Params.ClientID, s.ClientSecret())
	if err != nil {
		return 0, err
	}
	s.token, s.oldToken = token, token
	e, err := s.conn.Server.GetUser(ctx, msg.New("read the user with the client's token"), token.Secret, st.Params.Realm, st.User.ID)
	if err != nil {
		return 0, err
	}
	s.update(func(st *State) { st.FirstCall = &Call{Exchange: e, Token: token.Token, Stop: StopOf(e)} })
	return e.Status, nil
}

// takeRoleBack makes a client of an earlier run fail again. What comes through a group or another role can not be taken
// back here, and ends the story.
func (s *Story) takeRoleBack(ctx context.Context) (string, error) {
	st := s.current()
	held, err := s.heldRoles(ctx, st.Client.ID)
	if err != nil || !held.has(theRole) {
		return "", err
	}
	if slices.Contains(names(held.direct), theRole) {
		gone := s.roleGone(held.account.ID)
		if err := s.conn.Admin.Revoke(ctx, st.Params.Realm, held.account.ID, s.rmID, s.role); err != nil {
			return "", err
		}
		if err := gone(); err != nil {
			return "", err
		}
		if held.effective, err = s.conn.Admin.EffectiveRoles(ctx, st.Params.Realm, held.account.ID, s.rmID); err != nil {
			return "", err
		}
	}
	if held.has(theRole) {
		return "", refused("already-has-role", "Remove the realm with fix403 down and start again, or take another client id (--client-id).",
			"The client's service account has %s through another role or a group (it has %s in effect): the call would not fail.", theRole, list(names(held.effective)))
	}
	return texts.T("The client still had the role %s from an earlier run: it was taken back, so that the first call fails again.", theRole), nil
}

func checkFirstCall(_ context.Context, s *Story) (string, []string, error) {
	c := s.current().FirstCall
	if c == nil {
		return "", nil, checkFailed("Make it.", "The call has not been made.")
	}
	if c.Exchange.Status == http.StatusOK {
		return "", nil, checkFailed("Make the call again from here: the role is taken back first, so that the call fails as in the story.",
			"The first call was answered with 200, where the story says 403: the client has a role that allows it already.")
	}
	if c.Exchange.Status != http.StatusForbidden {
		return "", nil, checkFailed("Look at the exchange: something on this server is not as in a fresh Keycloak.",
			"The first call was answered with %d, where the story says 403. %s", c.Exchange.Status, c.Stop.Means)
	}
	return texts.T("403 Forbidden: the token is accepted, and holds %s.", roleCount(c.Token)), nil, nil
}

func roleCount(t *keycloak.Token) string {
	roles := t.Roles(keycloak.RealmManagement)
	if len(roles) == 0 {
		return texts.T("no role of realm-management")
	}
	return texts.T("%s of realm-management", list(roles))
}

func explainFirstCall(s State) string {
	return texts.T("401 would mean \"I don't know who you are\": a stop at the gate of identity, where no role helps. This is 403, \"I know who you are, and you may not\": the token went through that gate and was stopped at the gate of roles. A new secret, a newer token or another grant type changes nothing. The service account holds no role of realm-management, and so the token has %s.",
		roleCount(s.FirstCall.Token))
}

func doGrant(ctx context.Context, s *Story) (string, []string, error) {
	st := s.current()
	account, err := s.serviceAccount(ctx, st.Client.ID)
	if err != nil {
		return "", nil, err
	}
	if err := s.findRole(ctx); err != nil {
		return "", nil, err
	}
	if err := s.conn.Admin.Grant(ctx, st.Params.Realm, account.ID, s.rmID, s.role, s.intent); err != nil {
		return "", nil, grantRefused(err)
	}
	return texts.T("Gave the role %s of realm-management to %s.", theRole, account.Username), nil, nil
}

// roleThere reports whether the service account holds the role directly.
func (s *Story) roleThere(ctx context.Context, realm, account string) (bool, error) {
	held, err := s.conn.Admin.DirectRoles(ctx, realm, account, s.rmID)
	return slices.Contains(names(held), theRole), err
}

// roleEntry is the journal's entry of the role that an account was given.
func (s *Story) roleEntry(account string) Entry {
	st := s.current()
	e := s.entry("role", st.Params.Realm, theRole, account)
	e.Client, e.Container, e.Object = st.Params.ClientID, keycloak.RealmManagement, account
	return e
}

// grantRefused adds what is known of who may give such a role (FACTS, section 9 and DESIGN's rules).
func grantRefused(err error) error {
	if e := asKeycloakError(err); e != nil && e.Kind == keycloak.KindAdminRefused {
		with := *e
		with.Hint = msg.New("Who may give a role of realm-management differs: an admin of the realm with manage-users on 24.0.5 and 26.7.3, on 26.4.0 only one with the realm role admin of master (measured). Use an admin of master with that role.")
		return &with
	}
	return err
}

func checkGrant(ctx context.Context, s *Story) (string, []string, error) {
	st := s.current()
	held, err := s.heldRoles(ctx, st.Client.ID)
	if err != nil {
		return "", nil, err
	}
	if !slices.Contains(names(held.direct), theRole) {
		return "", nil, missing("Give it to the service account of the client, not to the user.",
			"The service account %s does not have the role %s of realm-management (it has %s).", held.account.Username, theRole, list(names(held.direct)))
	}
	s.update(func(st *State) {
		st.DirectRoles, st.EffectiveRoles = names(held.direct), names(held.effective)
	})
	return texts.T("%s has %s directly; in effect %s.", held.account.Username, list(names(held.direct)), list(names(held.effective))), nil, nil
}

func doSecondCall(ctx context.Context, s *Story) (string, []string, error) {
	st := s.current()
	old, err := s.conn.Server.GetUser(ctx, msg.New("try the OLD token once more"), s.oldToken.Secret, st.Params.Realm, st.User.ID)
	if err != nil {
		return "", nil, err
	}
	oldCall := &Call{Exchange: old, Token: s.oldToken.Token, Stop: StopOf(old)}
	s.update(func(st *State) { st.OldTokenCall, st.RolesDecided = oldCall, decided(oldCall) })
	token, err := s.conn.Server.ClientToken(ctx, st.Params.Realm, st.Params.ClientID, s.ClientSecret())
	if err != nil {
		return "", nil, err
	}
	s.token = token
	e, err := s.conn.Server.GetUser(ctx, msg.New("the same call with a new token"), token.Secret, st.Params.Realm, st.User.ID)
	if err != nil {
		return "", nil, err
	}
	s.update(func(st *State) { st.SecondCall = &Call{Exchange: e, Token: token.Token, Stop: StopOf(e)} })
	return texts.T("The old token got %d. The client got a new token and made the same call: %d.", old.Status, e.Status), nil, nil
}

// decided names what the old token's answer shows; "" when it shows nothing, as after it has expired.
func decided(c *Call) string {
	switch {
	case c.Exchange.Status == http.StatusForbidden:
		return DecidedInToken
	case c.Exchange.Status != http.StatusOK:
		return ""
	case !c.Token.HasRoleClaims:
		return DecidedAtRequestNoRole
	default:
		return DecidedAtRequest
	}
}

func checkSecondCall(_ context.Context, s *Story) (string, []string, error) {
	st := s.current()
	c := st.SecondCall
	if c == nil {
		return "", nil, checkFailed("Make it.", "The call has not been made.")
	}
	if c.Exchange.Status != http.StatusOK {
		return "", nil, checkFailed("Look at the exchange and at the roles in the token.",
			"The second call was answered with %d, where the story says 200. %s", c.Exchange.Status, c.Stop.Means)
	}
	if first := st.FirstCall.Exchange; first.Method != c.Exchange.Method || first.URL != c.Exchange.URL {
		return "", nil, checkFailed("", "The second call was not the same request as the first.")
	}
	return texts.T("200 OK: the same request passed; the new token holds %s.", roleCount(c.Token)), nil, nil
}

func explainSecondCall(s State) string {
	var old string
	switch s.RolesDecided {
	case DecidedInToken:
		old = texts.T("The old token still got 403: a token says which roles its bearer had when it was issued, and this server went by that. After a grant, get a new token.")
	case DecidedAtRequest:
		old = texts.T("The old token passed at once, though the role is not in it: this server looks up the roles at each call. Servers up to 26.7.2 do not: there a grant needs a new token (measured).")
	case DecidedAtRequestNoRole:
		old = texts.T("The old token passed at once. It carried no role claims at all, so this does not tell whether the server looks up roles at each call or only for such tokens (26.0 to 26.7.0 do the latter, measured).")
	default:
		old = texts.T("The old token got %d: it is no longer valid, and so it shows nothing about roles.", s.OldTokenCall.Exchange.Status)
	}
	return old + " " + texts.T("The new token holds %s, and the same request was answered with 200. Nothing else was changed: the cause was the role.", roleCount(s.SecondCall.Token))
}
