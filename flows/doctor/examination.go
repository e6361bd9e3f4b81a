package doctor

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"fix403/flows/doctor/adminview"
	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/audience"
	"fix403/flows/doctor/given"
	"fix403/flows/gate"
	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// examination is one call, and all that is known of it so far. The gates look at it and add what they see.
type examination struct {
	o         given.Options
	method    string
	path      string
	pathRealm string // "" if the path has none
	server    *keycloak.Server
	admin     *keycloak.Admin // nil: nothing is seen with an admin's login
	matrix    *roles.Matrix
	d         *Diagnosis

	raw   wire.Secret  // Authorization header of the call
	token *token.Token // decoded, nil if it cannot be
	reply *wire.Reply  // to the call
	// newToken is a header with another token of the same caller, where one was given and another could be got.
	newToken        wire.Secret
	decodedNewToken *token.Token
	version         string // from the server, or guessed from the form of its answers
	versionReported bool   // the server reported the version
	view            adminview.View
	clue            clue
	audience        audience.Seen
	ahead           time.Duration // of the server's clock, by the time in a token that was issued during the diagnosis
	aheadKnown      bool
	secretlySigned  bool               // with a symmetric key: nothing shows whether the token is genuine
	rolesReadSeen   bool               // this server was seen to read roles from the token, or at each call
	kept            []given.Credential // not sent to this server
	chosen          []string           // of the roles between which a fix does not choose; nil if none were
	lesser          []string           // roles with which a refused call is answered with fewer fields
	bare            bool               // and without them the call is not the person's
}

// walk leads the call through the gates, up to the first that stops it.
func (x *examination) walk(ctx context.Context) error {
	if err := x.logIn(ctx); err != nil {
		return err
	}
	for _, gate := range checkpoints() {
		if err := gate.pass(ctx, x); err != nil || x.stopped() {
			return err
		}
	}
	return nil
}

// issued takes the server's clock from a token that was issued just now: Keycloak itself sends no Date header.
func (x *examination) issued(at time.Time) {
	if !at.IsZero() {
		x.ahead, x.aheadKnown = at.Sub(x.o.Now()), true
	}
}

// stopped reports whether there is a verdict.
func (x *examination) stopped() bool { return x.d.Verdict != nil }

// makeCall sends the call, and takes the answer through the gate of reach. In the place of a call that could change something
// goes a GET of the realm, which passes the same gates up to that of the realm.
func (x *examination) makeCall(ctx context.Context) error {
	r := keycloak.Request{Purpose: msg.New("the call"), Method: x.method, Path: x.path, Authorization: x.raw, AnyType: true}
	if !x.reads() {
		r.Purpose, r.Method, r.Path = msg.New("is this token let into the realm? (in place of the call, which is not sent)"), http.MethodGet, x.realmPath()
	}
	reply, err := x.server.Send(ctx, r)
	if err := (reachGate{&reply, err}).pass(ctx, x); err != nil || x.stopped() {
		return err
	}
	x.reply = &reply
	x.d.Exchange, x.d.Status, x.d.Token = &reply.Exchange, reply.Exchange.Status, x.token
	x.observed(OnWire, "%s %s answered %s.", reply.Exchange.Method, reply.Exchange.URL, answer.Words(&reply))
	if x.bare {
		x.withoutCredentials()
		return nil
	}
	if !x.versionReported {
		x.version = answer.VersionBy(&reply)
	}
	return nil
}

// inPlace returns what is sent for a request: in the place of one that could change something goes a GET of the realm.
func (x *examination) inPlace(r keycloak.Request) keycloak.Request {
	if !x.reads() {
		r.Method, r.Path = http.MethodGet, x.realmPath()
	}
	return r
}

// reads reports whether the call can be sent without changing anything.
func (x *examination) reads() bool { return x.method == http.MethodGet || x.method == http.MethodHead }

// observed adds a piece of evidence, with secrets masked and control characters gone.
func (x *examination) observed(source Source, format texts.Text, values ...any) {
	x.quoted(source, msg.New(format, values...))
}

// quoted adds a message as evidence.
func (x *examination) quoted(source Source, says msg.Message) {
	says = says.Map(x.o.Recorder.Mask)
	if !slices.ContainsFunc(x.d.Evidence, func(e Evidence) bool { return e.Says.String() == says.String() }) {
		x.d.Evidence = append(x.d.Evidence, Evidence{source, says})
	}
}

// stop sets the verdict. It is called once.
func (x *examination) stop(gate gate.Gate, v *Verdict, c Certainty, format texts.Text, values ...any) {
	x.d.Gate, x.d.Verdict, x.d.Certainty = gate, v, c
	x.d.Summary = msg.New(format, values...).Map(x.o.Recorder.Mask)
}

// also adds a sentence to the summary.
func (x *examination) also(m msg.Message) {
	x.d.Summary = msg.Concat(x.d.Summary, " ", m.Map(x.o.Recorder.Mask))
}

// unseen notes what could not be seen.
func (x *examination) unseen(format texts.Text, values ...any) {
	x.quoteUnseen(msg.New(format, values...))
}

// quoteUnseen notes a message, if it says something, as what could not be seen.
func (x *examination) quoteUnseen(says msg.Message) {
	if !says.Empty() && !slices.ContainsFunc(x.d.NotChecked, func(m msg.Message) bool { return m.String() == says.String() }) {
		x.d.NotChecked = append(x.d.NotChecked, says)
	}
}

// notChecked adds what could not be seen, or was not looked at.
func (x *examination) notChecked() {
	v := x.d.Verdict
	x.noteKept()
	if x.o.Admin == nil && x.keptAdmin() == nil && v != OK && x.d.Gate != gate.Reach {
		x.unseen("What the server's configuration says: that takes an admin (--admin-user and FIX403_ADMIN_PASSWORD).")
	}
	if !x.reads() && x.d.Gate != gate.Reach && x.d.Gate != gate.Client {
		x.unseen("The call itself: %s could change something, and is not sent. What is said of roles is from the matrix, measured on %s.", x.method, roles.Said(roles.Versions()))
	}
	if len(x.d.SmallestRoles) > 0 && x.view.Known == nil && !x.sureOfMatrix() {
		x.unseen("Whether %s of this server has these roles: only an admin can see that.", x.container())
	}
	if !x.rolesReadSeen && (x.d.Gate == gate.Role || v.Works()) {
		x.unseen(whereRolesAreRead)
	}
}

const whereRolesAreRead texts.Text = "Whether this server reads roles from the token or at each call: that shows only with a token that is older than a change of roles."

func (x *examination) realmPath() string {
	return "/admin/realms/" + url.PathEscape(cmp.Or(x.pathRealm, x.o.Realm))
}
