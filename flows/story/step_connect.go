package story

import (
	"context"
	"strings"

	"fix403/flows/journal"
	"fix403/flows/problem"
	"fix403/flows/risk"
	"fix403/flows/script"
	"fix403/flows/story/guess"
	"fix403/flows/story/login"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// nameNotes tell of a server that gives out its tokens in another name than the address at which it was found, as one does
// behind a reverse proxy, or whose hostname is configured.
func (s *Story) nameNotes() []msg.Message {
	name, _, found := strings.Cut(s.conn.Admin.Issuer(), "/realms/")
	if !found || journal.SameServer(name, s.conn.Server.URL()) {
		return nil
	}
	return []msg.Message{msg.New("The issuer of the server's tokens is %s, but you use it at %s; programs that check the issuer expect the former.", name, s.conn.Server.URL())}
}

// StepConnect finds the server and logs the admin in.
const StepConnect StepID = "connect"

func init() {
	add(&Step{
		ID: StepConnect, place: 10, Title: "Connect as admin",
		Goal:   "An admin is logged in to the server.",
		Why:    "Realms, clients and users are made through the admin API, and every call of it requires a bearer token. Admins of the realm master get theirs with a username and password.",
		Action: "Connect",
		Inputs: []Input{
			{Name: login.URL, Label: "Server URL", Help: "for example http://localhost:8080 or https://sso.example.com/auth", For: onRealServer},
			{Name: login.User, Label: "Admin user", Help: "an admin of the master realm", For: withPassword},
			{Name: login.Password, Label: "Admin password", Help: "used for this run only, never stored", Secret: true, For: withPassword},
			{Name: login.Code, Label: "One-time code", Help: "only if this admin requires one to log in", Secret: true, Optional: true, For: withPassword},
		},
		Questions: []Question{{
			Ask:     "Where does the admin who may create realms log in?",
			Choices: []texts.Text{"in the master realm", "in the realm that will be created", "nowhere: the admin API takes the password itself"},
			Wrong:   guess.AdminRealm,
			answer:  func(*State) int { return 0 },
		}},
		do: doConnect, check: checkConnect, undo: undoConnect,
		explain: func(s *State) msg.Message {
			return together(msg.New("The token endpoint gave the admin an access token. From here on each call shows it as \"Authorization: Bearer …\": a 401 means that the server rejected this token."), versionSentence(s))
		},
		alone:  true,
		Manual: script.Connect,
		hints: [3]texts.Text{
			"The admin has to be allowed to create realms and clients. Which realm is such an admin in?",
			"The master realm exists from the start, and holds the first admin. Its token endpoint is /realms/master/protocol/openid-connect/token; username and password go there, never to the admin API.",
			"POST to the token endpoint of master with grant_type=password, client_id=admin-cli, username and password. The access_token of the response is the bearer token of every later call.",
		},
		moments: []Moment{
			{Step: StepConnect, Say: caption("Good credentials, a simple call, and Keycloak answers 403 Forbidden."), Note: caption("A program with valid credentials asks Keycloak for a user and gets 403. We build that case from nothing. First, an admin logs in.")},
			{Step: StepConnect, After: true, Say: caption("First an admin logs in, to set the scene."), Note: caption("The admin gets a token, and every call of theirs carries it.")},
		},
	})
}

func versionSentence(s *State) msg.Message {
	if s.Version == "" {
		return msg.New("The server does not show its version to this admin.")
	}
	return msg.New("The server is Keycloak %s.", s.ServerVersion())
}

func doConnect(ctx context.Context, s *Story) (outcome, error) {
	s.mu.Lock()
	in := s.login
	s.mu.Unlock()
	o := keycloak.Options{Step: string(s.step), Recorder: s.conn.Recorder, Timeout: s.options.Timeout, RealmTimeout: s.options.RealmTimeout, Now: s.options.Now, Transport: s.conn.Transport}
	var notes []msg.Message
	if o.Transport == nil {
		t, err := wire.NewTransport(s.options.TLS)
		if err != nil {
			return outcome{}, err
		}
		o.Transport, s.conn.Transport = t, t
	}
	if warning := risk.Insecure(s.options.TLS); !warning.Empty() && !s.options.Practice {
		notes = append(notes, msg.New("Warning: %s", warning))
	}
	if !s.options.Practice {
		notes = append(notes, in.Exposed(s.Current().Params)...)
	}
	server, err := keycloak.Open(ctx, in.URL, o)
	if err != nil {
		return outcome{notes: notes}, err
	}
	if want, err := wire.NormalizeURL(in.URL); err == nil && want != server.URL() {
		notes = append(notes, msg.New("The server was found at %s, not at %s.", server.URL(), want))
	}
	admin, err := server.Login(ctx, in.Credentials)
	if err != nil {
		return outcome{notes: notes}, err
	}
	s.conn.Server, s.conn.Admin = server.InStep(""), admin.InStep("")
	s.update(func(st *State) {
		s.login.Credentials = admin.Credentials()
		st.URL, st.AdminName, st.AdminRealm = server.URL(), admin.Name(), admin.Realm()
		if id := in.Credentials.ClientID; id != "" {
			st.AdminName, st.AdminIsClient = id, true
		}
	})
	return outcome{done: msg.New("Found a Keycloak at %s and logged in as %s in the realm %s.", server.URL(), admin.Name(), admin.Realm()), notes: notes}, nil
}

func checkConnect(ctx context.Context, s *Story) (outcome, error) {
	if s.conn.Admin == nil {
		return outcome{}, problem.CheckFailed("Enter the server's URL and the admin's username and password.", "No admin is logged in.")
	}
	version, err := s.admin().Version(ctx)
	if err != nil {
		return outcome{}, err
	}
	s.update(func(st *State) { st.Version, st.AudienceShown = version, s.conn.Admin.OwnAudience() })
	notes, err := s.temporaryNotes(ctx)
	notes = append(s.nameNotes(), notes...)
	return outcome{checked: together(msg.New("The admin API accepts the admin's token."), versionSentence(s.Current())), notes: notes}, err
}

// temporaryNotes warn of an admin that is meant to be replaced, as a mark on it shows.
func (s *Story) temporaryNotes(ctx context.Context) ([]msg.Message, error) {
	if s.options.Practice || s.conn.Admin.Realm() != "master" {
		return nil, nil
	}
	temporary, err := s.admin().Temporary(ctx)
	if !temporary || err != nil {
		return nil, err
	}
	return []msg.Message{msg.New("This admin is a temporary one, made at the server's first start or by bootstrap-admin: it works, but Keycloak wants it replaced by a lasting one.")}, nil
}

// undoConnect logs out, so that another server can be chosen. What was done on this one could not be taken back then.
func undoConnect(_ context.Context, s *Story) (msg.Message, error) {
	st := s.Current()
	var stands msg.Message
	switch {
	case (st.GrantedTo != "" || st.ScopeOn != "") && !st.Stands():
		stands = msg.List(", ", StepByID(StepFirstCall).Leftover(st), StepByID(StepGrant).Leftover(st))
	case st.Stands() || st.PendingRealm != "":
		stands = Leftovers(st)
	}
	if !stands.Empty() {
		return msg.Message{}, problem.CheckFailed("Undo the steps that created something first.", "Still on the server: %s.", stands)
	}
	s.conn.Server, s.conn.Admin = nil, nil
	s.update(func(st *State) {
		if withPassword(s.options) { // else nobody could type it again
			s.login.Forget()
		}
		st.Version, st.AdminName = "", ""
	})
	return msg.New("Logged out. You can choose another server now."), nil
}
