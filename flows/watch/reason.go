package watch

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"fix403/flows/access"
	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/phrase"
	"fix403/flows/gate"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/version"
	"fix403/keycloak/wire"
)

// wire is the exchange as the gates look at it.
func (x *exchange) wire(url string, bearer *token.Token) wire.Exchange {
	return wire.Exchange{Method: x.method, URL: url, Bearer: bearer, Status: x.status, ResponseBody: string(x.head)}
}

// reason says why a call was refused, or that it hides something, as far as the response, the token and the table tell.
func (w *Watcher) reason(c *client, r *route, from *caller, x *exchange, stop gate.Refusal) (why msg.Message, hidden bool) {
	switch stop.Gate {
	case gate.None:
		return hides(r, from, x)
	case gate.Identity:
		return w.identity(from, x, stop), false
	case gate.Role:
		return c.role(r, from, stop), false
	default:
		return stop.Explanation, false
	}
}

// hides says what a call that succeeds hides for want of roles.
func hides(r *route, from *caller, x *exchange) (why msg.Message, hidden bool) {
	reads := x.method == http.MethodGet && x.status == http.StatusOK
	if !reads || r.question == nil || from.token == nil || !from.token.HasRoleClaims || r.decision.Answer != access.Filtered || len(r.decision.Missing) == 0 {
		return msg.Message{}, false
	}
	if !x.encoded && !x.longer && answer.IsEmpty(x.head) {
		return msg.New("The response is empty. With the roles in the token it hides what it shows with %s.", phrase.Roles(r.decision.Missing)), true
	}
	return msg.New("With the roles in the token the response hides something. The whole response requires %s.", phrase.Roles(r.decision.Missing)), true
}

func (c *client) role(r *route, from *caller, stop gate.Refusal) msg.Message {
	if r.question == nil || from.token == nil {
		return stop.Explanation
	}
	needs := r.question.Smallest()
	switch d := r.decision; {
	case len(needs) == 0:
		return stop.Explanation
	case !from.token.HasRoleClaims:
		return msg.New("The token carries no roles, so those of the account are not seen here. The call requires %s of %s.", phrase.Roles(needs), c.container())
	case d.Answer == access.Whole:
		return msg.New("The roles in the token allow this call. The account may have lost them since, or the body, the object or a permission decides.")
	case len(d.Missing) > 0:
		return msg.New("The token carries no role that allows this call. Grant the account %s of %s.", phrase.Roles(d.Missing), c.container())
	}
	return stop.Explanation
}

// sinceAudience is the version from which on the admin API is documented to ask for its audience.
const sinceAudience = "26.8.2"

func (w *Watcher) identity(from *caller, x *exchange, stop gate.Refusal) msg.Message {
	t := from.token
	switch {
	case !from.sent:
		return msg.New("The call carries no access token: it needs the header Authorization: Bearer.")
	case t == nil:
		return msg.New("What the call carries as its access token is not a JWT.")
	case !t.ExpiresAt.IsZero() && x.at.After(t.ExpiresAt):
		return msg.New("The token expired at %s, %s before the call: get a new one. No role fixes a 401.", t.ExpiresAt.UTC().Format(time.RFC3339), x.at.Sub(t.ExpiresAt).Round(time.Second))
	case t.Issuer != "" && !strings.HasPrefix(t.Issuer, w.options.URL+"/"):
		return msg.New("401: the token was issued by %s, and this server is called at %s. Get the token at the address to which the call is made.", short(t.Issuer), w.options.URL)
	case w.options.Version != "" && len(t.AdminAudience()) == 0 && version.Compare(version.Of(w.version), version.Of(sinceAudience)) >= 0:
		return gate.NotMeant(x.wire(w.options.URL+x.path, t), t).Explanation
	}
	return stop.Explanation
}

// refusedLogin is why a token endpoint refused, in its own words; empty where it has none.
func refusedLogin(body []byte) msg.Message {
	var said struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &said) != nil || said.Error == "" {
		return msg.Message{}
	}
	if said.Description == "" {
		return msg.Verbatim(short(said.Error))
	}
	return msg.Verbatim(short(said.Error) + ": " + short(said.Description))
}
