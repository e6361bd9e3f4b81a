package login

import "strings"

// Obstacle is what a sentence of the token endpoint says of the grant or the person, beyond how the client proves itself.
type Obstacle int

// What the token endpoint may have against a login.
const (
	Person             Obstacle = iota + 1 // user and password, or what else there is against the user that it does not tell
	PersonDisabled                         // the user is disabled
	PersonNotSetUp                         // the user has something to do first
	NoPerson                               // no user is named
	DirectAccessOff                        // the client may not use the password grant
	ConsentWanted                          // the user would have to consent, which a password grant cannot
	ExchangeOff                            // the client may not exchange tokens
	ExchangeNotForIt                       // the token is not meant for the client that exchanges it
	ExchangeAudience                       // the audience that is asked for cannot be had
	ExchangedToken                         // the token that is exchanged is not accepted
	NoSuchGrant                            // the server does not know the grant, or its feature is off
	OtherGrantOff                          // the client may not use this grant
	RefreshNotAccepted                     // the refresh token is none of this realm, or not good any more
	RefreshOfOther                         // the refresh token is another client's
	SessionEnded                           // the session of the refresh token is over
	RefreshUsed                            // the realm takes a refresh token only once
	RefreshDisabled                        // the user of the refresh token is disabled

	NotOIDC // the client is none of OpenID Connect
)

// Refusal is a sentence that the token endpoint was measured to say.
type Refusal struct {
	Error string // "" is any
	Words string // with which its error_description begins
	Stops Obstacle
	On    string // versions on which it was measured, separated by spaces
}

// Refusals are all that were measured. The first that fits counts.
var Refusals = []Refusal{
	{"invalid_grant", "Invalid user credentials", Person, "22.0.5 24.0.5 26.4.0 26.7.4"},
	{"invalid_grant", "Account disabled", PersonDisabled, "22.0.5 24.0.5 26.4.0 26.7.4"},
	{"invalid_grant", "Account is not fully set up", PersonNotSetUp, "22.0.5 24.0.5 26.4.0 26.7.4"},
	{"invalid_request", "Missing parameter: username", NoPerson, "22.0.5 24.0.5 26.4.0 26.7.4"},
	{"unauthorized_client", "Client not allowed for direct access grants", DirectAccessOff, "22.0.5 24.0.5 26.4.0 26.7.4"},
	{"invalid_client", "Client requires user consent", ConsentWanted, "22.0.5 24.0.5 26.4.0 26.7.4"},
	{"invalid_request", "Standard token exchange is not enabled", ExchangeOff, "26.4.0 26.7.4"},
	{"access_denied", "Client is not within the token audience", ExchangeNotForIt, "26.4.0 26.7.4"},
	{"invalid_client", "Audience not found", ExchangeAudience, "26.4.0 26.7.4"},
	{"invalid_request", "Requested audience not available", ExchangeAudience, "26.4.0 26.7.4"},
	{"invalid_request", "Invalid token", ExchangedToken, "26.4.0 26.7.4"},
	{"invalid_request", "Parameter 'subject_token", ExchangedToken, "26.4.0 26.7.4"},
	{"Feature not enabled", "", NoSuchGrant, "22.0.5"}, // 501
	{"unsupported_grant_type", "Unsupported grant_type", NoSuchGrant, "22.0.5 24.0.5 26.4.0 26.7.4"},
	{"invalid_grant", "Client not allowed OAuth 2.0 Device Authorization Grant", OtherGrantOff, "22.0.5 24.0.5 26.4.0 26.7.4"},
	{"invalid_grant", "Client not allowed OIDC CIBA Grant", OtherGrantOff, "22.0.5 24.0.5 26.4.0 26.7.4"},
	{"invalid_grant", "Invalid refresh token. Token client and authorized client don't match", RefreshOfOther, "22.0.5 24.0.5 26.4.0 26.7.4"},
	{"invalid_grant", "Invalid refresh token", RefreshNotAccepted, "22.0.5 24.0.5 26.4.0 26.7.4"},
	{"invalid_request", "No refresh token", RefreshNotAccepted, "22.0.5 24.0.5 26.4.0 26.7.4"},
	{"invalid_grant", "Session not active", SessionEnded, "22.0.5 24.0.5 26.4.0 26.7.4"},
	{"invalid_grant", "Maximum allowed refresh token reuse exceeded", RefreshUsed, "22.0.5 24.0.5 26.4.0 26.7.4"},
	{"invalid_grant", "Stale token", RefreshUsed, "26.7.4"},
	{"invalid_grant", "Session doesn't have required client", SessionEnded, "26.7.4"},
	{"invalid_grant", "User disabled", RefreshDisabled, "22.0.5 24.0.5 26.4.0 26.7.4"},
	{"invalid_client", "Wrong client protocol.", NotOIDC, "24.0.5 26.7.4"},
}

// ReadRefusal returns what an error of the token endpoint and its description say of a login; false for what was not measured.
func ReadRefusal(code, description string) (Refusal, bool) {
	for _, s := range Refusals {
		if (s.Error == "" || s.Error == code) && strings.HasPrefix(description, s.Words) {
			return s, true
		}
	}
	return Refusal{}, false
}
