package doctor

import (
	"context"
	"strings"

	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak"
)

// Question is what a person asks about, from flags or from a form. What is empty is looked for in the other parts.
type Question struct {
	URL             string // of the server, as the person named it
	Named           string // a server that the person named without saying that the call goes there
	Realm, ClientID string
	Secret          keycloak.Secret // of the client
	Curl            string          // text with a curl command
	Token           keycloak.Secret // as [TokenHeader] takes it
	Call, UserID    string
	DefaultRealm    string // for {realm} in the call, where nothing else names one
}

// Prepare makes options of a question: what is asked about, and whose call it is. The notes say what was not followed, or
// was assumed. Errors have the kind bad-input and quote no secret.
func Prepare(q Question) (in Options, notes []string, err error) {
	in = Options{Realm: q.Realm, ClientID: q.ClientID, Secret: q.Secret}
	base, origin := q.URL, Named
	found := func(other string, where Origin) (err error) {
		if base == "" && other != "" {
			origin = where
		}
		base, err = sameServer(base, other)
		return err
	}
	var curl *CurlCall
	if q.Curl != "" {
		if curl, err = ParseCurl(q.Curl); err != nil {
			return in, nil, err
		}
		if q.Call != "" && !curl.TokenRequest {
			return in, nil, badInput("Give one of them.", "The curl command and the call (--curl-file and --call) both name a call.")
		}
		for _, ignored := range curl.Ignored {
			notes = append(notes, texts.T("Of the curl command: %s.", ignored))
		}
		if in.Secret.Empty() {
			in.Secret, in.SecretOf = curl.Secret, curl.SecretBase
		}
		if in.ClientID == "" {
			in.ClientID = curl.ClientID
		}
		in.Scope = curl.Scope
		if !curl.TokenRequest && !curl.Variable {
			in.Authorization, in.AuthorizationOf, in.Given = curl.Authorization, curl.Base, true
		}
		if err := found(curl.Base, FromPaste); err != nil {
			return in, nil, err
		}
	}
	if !q.Token.Empty() {
		if in.Authorization, err = TokenHeader(q.Token.Reveal()); err != nil {
			return in, nil, err
		}
		in.Given, in.AuthorizationOf = true, IssuerBase(in.Authorization)
	}
	if curl != nil && curl.Variable && !in.Given && in.ClientID == "" {
		return in, nil, badInput("Give the token (--token-file), or the client (--client-id) and its secret.", "The curl command takes its token from a shell variable, a file or a pipe, whose value is not known here.")
	}
	target := Target{}
	switch {
	case curl != nil && !curl.TokenRequest:
		target = Target{Method: curl.Method, Path: curl.Path}
	case q.Call == "":
		q.Call = DefaultCall(q.UserID)
		notes = append(notes, texts.T("Your own call: none was given, and %s was looked at.", q.Call))
	}
	if target.Path == "" {
		realm := realmOf(in, curl, q.DefaultRealm)
		if target, err = ParseTarget(q.Call, realm, q.UserID); err != nil {
			return in, nil, err
		}
		if in.Realm == "" && curl != nil {
			in.Realm = realm
		}
		if err := found(target.Base, FromCall); err != nil {
			return in, nil, err
		}
	}
	in.Method, in.Path = target.Method, target.Path
	if base == "" {
		base, origin = IssuerBase(in.Authorization), FromToken
	}
	if base == "" {
		return in, nil, badInput("Name it (--url, FIX403_URL), or give a curl command or a whole URL as the call.", "The doctor needs the address of a server.")
	}
	if keycloak.SameHost(q.Named, base) {
		origin = Named
	}
	in.URL, in.Origin = base, origin
	if !in.Given && in.ClientID == "" {
		return in, nil, badInput("Give the client (--client-id), a token (--token-file), or a curl command (--curl-file).", "There is neither a client nor a token to make the call with.")
	}
	return in, notes, nil
}

// realmOf is the realm that {realm} in a call stands for.
func realmOf(in Options, curl *CurlCall, otherwise string) string {
	token, err := keycloak.DecodeToken(bearerOf(in.Authorization.Reveal()))
	switch {
	case in.Realm != "":
		return in.Realm
	case curl != nil:
		return curl.Realm()
	case in.Given && err == nil && token.Realm() != "":
		return token.Realm()
	}
	return otherwise
}

// sameServer takes the server's address from where it is named, and refuses two that differ.
func sameServer(base, other string) (string, error) {
	if base == "" || other == "" {
		return base + other, nil
	}
	a, errA := keycloak.NormalizeURL(base)
	b, errB := keycloak.NormalizeURL(other)
	if errA == nil && errB == nil && a != b {
		return "", badInput("Nothing was sent. Make sure which of the two is yours before you change the call or the server's URL (--url, FIX403_URL).", "Two servers are named: %s and %s.", a, b)
	}
	return base, nil
}

// SetUp tells a story up to its first call, which is refused for want of a role, and returns the options to diagnose that
// call on the story's own server, as its admin.
func SetUp(ctx context.Context, s *story.Story) (Options, error) {
	for _, id := range []story.StepID{story.StepConnect, story.StepRealm, story.StepClient, story.StepUser, story.StepFirstCall} {
		if _, err := s.Do(ctx, id); err != nil {
			return Options{}, err
		}
	}
	st := s.State()
	transport, admin := s.Attach()
	return Options{
		URL: st.URL, Origin: Named, Transport: transport, Realm: st.Params.Realm, ClientID: st.Params.ClientID, Secret: s.ClientSecret(),
		Path: strings.TrimPrefix(st.CallURL(), st.URL), Admin: &admin, Write: true,
	}, nil
}
