package practice

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// roleReading says where the admin API reads the caller's roles from. Four
// ways are measured (FACTS section 14).
type roleReading int

const (
	// readToken: the claims of the token alone (to 25), except for admin-cli
	// and the admin console, whose users are always looked up.
	readToken roleReading = iota
	// readTokenOrLive: the token; live where it carries no role claims (26.0 to 26.7.0).
	readTokenOrLive
	// readTokenAndLive: a role must stand in the token and still be held (26.7.1, 26.7.2).
	readTokenAndLive
	// readLive: the user's roles of this moment, within the client's scope (26.7.3).
	readLive
)

// personality is all that tells one version of Keycloak from another. A field
// exists only where two measured versions differ.
type personality struct {
	version  string
	defaults string // file in defaults

	roleReading roleReading

	// Wire.
	debugDescription  bool   // error bodies carry "For more on this error consult the server log at the debug level."
	forbiddenError    string // "error" of a 403 body
	strictPath        bool   // a path with // is refused, not collapsed
	headAnswersGet    bool   // HEAD is served by the GET method
	credentialData    string // how a password is stored, as credentials tell it
	emptyHealth       bool   // /health and /metrics are 404 without a body
	xssHeader         bool   // X-XSS-Protection is sent
	htmlTitle         string // <title> of an HTML error page
	bearerManySpaces  bool   // more than one space after Bearer is accepted
	algNone500        bool   // a token with alg none is an internal error
	issuerRealmRaw    bool   // the realm in a token's issuer is not unescaped: tokens of realms with spaces or umlauts are refused
	metadataCharset   bool   // discovery and JWKS say charset=UTF-8
	unknownFieldShort bool   // an unknown JSON field is named with line and column
	parseDescription  bool   // malformed JSON is described as such

	// Tokens.
	jtiPrefix                 bool     // jti starts with session, token and grant kind
	sessionState              bool     // tokens carry session_state beside sid
	subByMapper               bool     // sub comes from the basic scope, not always
	serviceAccountScope       bool     // the service account mappers stand in a client scope, not on the client
	lightweightBuiltins       bool     // admin-cli and the console use lightweight tokens with full scope
	userinfoNoStore           bool     // userinfo is answered with Cache-Control: no-store
	grantTypes                []string // known to the token endpoint
	emptyAddress              bool     // the address claim is written though empty
	introspectInAudience      bool     // introspection answers only for tokens meant for the asking client
	secretLength              int
	wrongPasswordStatus       int
	bearerOnlyUnauthorized    bool // a bearer-only client at the token endpoint: 401 unauthorized_client
	malformedBasicStatus      int
	passwordServiceAccount500 bool // the service account user in a password grant is an internal error
	disabledBeforePassword    bool // a disabled user is told so before the password is checked
	serviceUserRecreated      bool // a deleted service account user comes back with the next token

	// Permissions.
	brokenAdminRoleMapping bool // nobody but who has the role admin of master may map realm-management roles (26.4.0)
	mapViewAuthorization   bool // view-authorization may be mapped by who views clients
	scopeRealmRolesListed  bool // realm roles are available as scope mappings to who manages the realm
	bearerOnlySecret       bool // a bearer-only client gets a secret too
	strictLists            bool // role lists and role users need the view role of what they show
	strictMappings         bool // client role mappings of a user need the right to view the client
	usersQueryClients      bool // query-users lets list clients (empty)
	queryCountsAll         bool // users/count with query-users only gives the real number
	profileAnyAdmin        bool // users/profile for any admin role
	adminClientProtected   bool // realm-management cannot be configured
	organizationRoles      bool
	authorizationViewers   []string // roles that read the authorization services of a client
	authorizationManagers  []string // roles that change them
	organizations          bool
	resetPasswordAccess    bool // access of a user tells resetPassword
	listAccessFull         bool // a user list tells the whole access, not only manage
	listProfileMetadata    bool // a user list carries userProfileMetadata
	fineGrained            bool // adminPermissionsEnabled exists
	fineGrainedDirect      bool // a permission opens its resource itself, not only lists
	serverInfoAll          bool // serverinfo shows system and memory to every admin
	serverInfoRealmSystem  bool // manage-realm of the own realm sees systemInfo
	secondaryFailures      bool // attack detection tells numSecondaryAuthFailures
	reducedBruteForce      bool // reduced realm tells bruteForceProtected
	reducedOrganizations   bool // reduced realm tells organizationsEnabled
	identityProvidersInRep bool // realm representation holds identityProviders and supportedLocales

	providerDefaults bool // an identity provider tells every setting, given or not
	providerHidden   bool // it has hideOnLogin and a syncMode of its own

	flowAnswers bool // changing a flow is 204, copying it tells a Location, an unknown flow has a sentence
	eventIDs    bool // an event has an id and tells the reason; lists of events can be sorted

	// Answers to bad input.
	realmConflict        string // with %s for the name, or a fixed sentence
	longNameStatus       int
	longNameMessage      string
	scopeNeedsProtocol   bool // a client scope must name its protocol
	countLoose           bool // users/count takes other criteria than the list
	emptyClientID        bool // a client with empty clientId is created
	badProtocol500       bool
	noServiceUserMessage bool
}

var personalities = map[string]*personality{}

func init() {
	v24 := personality{
		version: "24.0.5", defaults: "24.0.5.json", roleReading: readToken,
		debugDescription: true, forbiddenError: "unknown_error", xssHeader: true, emptyHealth: true, htmlTitle: "Sign in to ",
		bearerManySpaces: true, algNone500: true, issuerRealmRaw: true, metadataCharset: true,
		sessionState: true, secretLength: 32, wrongPasswordStatus: 401, malformedBasicStatus: 400,
		serviceUserRecreated: true, passwordServiceAccount500: true, disabledBeforePassword: true,
		usersQueryClients: true, profileAnyAdmin: true, listAccessFull: true, serverInfoAll: true, identityProvidersInRep: true, providerDefaults: true,
		realmConflict: "Conflict detected. See logs for details", longNameStatus: 409, longNameMessage: "Conflict detected. See logs for details",
		emptyClientID: true, badProtocol500: true, countLoose: true,
		credentialData: `{"hashIterations":210000,"algorithm":"pbkdf2-sha512","additionalParameters":{}}`,
	}
	v24.grantTypes = []string{"authorization_code", "client_credentials", "password", "refresh_token",
		"urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:uma-ticket", "urn:openid:params:grant-type:ciba"}
	v24.emptyAddress = true
	v24.authorizationViewers = []string{"view-authorization", "manage-authorization"}
	v24.authorizationManagers = []string{"manage-authorization", "manage-clients"}
	v264 := personality{
		version: "26.4.0", defaults: "26.4.0.json", roleReading: readTokenOrLive,
		forbiddenError: "HTTP 403 Forbidden", htmlTitle: "Sign in to ", headAnswersGet: true, unknownFieldShort: true, parseDescription: true,
		bearerManySpaces: true, algNone500: true,
		jtiPrefix: true, subByMapper: true, serviceAccountScope: true, lightweightBuiltins: true,
		disabledBeforePassword: true,
		secretLength:           32, wrongPasswordStatus: 401, bearerOnlyUnauthorized: true, malformedBasicStatus: 400,
		brokenAdminRoleMapping: true, queryCountsAll: true, profileAnyAdmin: true, resetPasswordAccess: true,
		listProfileMetadata: true, fineGrained: true, organizations: true, reducedBruteForce: true, noServiceUserMessage: true,
		realmConflict: "Realm %s already exists", longNameStatus: 409, longNameMessage: "Duplicate resource error",
		badProtocol500: true, eventIDs: true, flowAnswers: true, providerDefaults: true, providerHidden: true, scopeNeedsProtocol: true, scopeRealmRolesListed: true,
		credentialData: `{"hashIterations":5,"algorithm":"argon2","additionalParameters":{"hashLength":["32"],"memory":["7168"],"type":["id"],"version":["1.3"],"parallelism":["1"]}}`,
	}
	v264.grantTypes = append(slices.Clone(v24.grantTypes), "urn:ietf:params:oauth:grant-type:token-exchange")
	v264.emptyAddress = true
	v264.authorizationViewers, v264.authorizationManagers = []string{"view-clients", "manage-clients"}, []string{"manage-clients"}
	v2673 := v264
	v2673.grantTypes = append(slices.Clone(v264.grantTypes), "urn:ietf:params:oauth:grant-type:jwt-bearer")
	v2673.emptyAddress = false
	v2673.authorizationViewers = []string{"view-authorization", "manage-authorization", "view-clients", "manage-clients"}
	v2673.authorizationManagers = []string{"manage-authorization", "manage-clients"}
	v2673.version, v2673.defaults, v2673.roleReading = "26.7.3", "26.7.3.json", readLive
	v2673.htmlTitle = " "
	v2673.bearerManySpaces, v2673.algNone500, v2673.strictPath = false, false, true
	v2673.introspectInAudience, v2673.userinfoNoStore, v2673.disabledBeforePassword = true, true, false
	v2673.secretLength, v2673.wrongPasswordStatus, v2673.bearerOnlyUnauthorized, v2673.malformedBasicStatus = 86, 400, false, 401
	v2673.brokenAdminRoleMapping, v2673.mapViewAuthorization, v2673.strictLists, v2673.strictMappings, v2673.profileAnyAdmin = false, true, true, true, false
	v2673.adminClientProtected, v2673.organizationRoles = true, true
	v2673.listProfileMetadata, v2673.fineGrainedDirect = false, true
	v2673.secondaryFailures, v2673.bearerOnlySecret = true, true
	v2673.serverInfoRealmSystem, v2673.reducedOrganizations = true, true
	v2673.providerDefaults, v2673.providerHidden = false, false
	v2673.longNameStatus, v2673.longNameMessage, v2673.badProtocol500 = 400, "Database operation failed", false

	v2672 := v2673
	v2672.version, v2672.roleReading, v2672.strictMappings = "26.7.2", readTokenAndLive, false

	for _, p := range []*personality{&v24, &v264, &v2672, &v2673} {
		personalities[p.version] = p
	}
}

// DefaultVersion is the version an empty Options.Version stands for.
const DefaultVersion = "26.7.3"

// Versions lists the versions that Options.Version accepts, oldest first.
// 26.7.2 is 26.7.3 in everything but where the admin API reads roles from, and who sees client role mappings.
func Versions() []string {
	l := make([]string, 0, len(personalities))
	for v := range personalities {
		l = append(l, v)
	}
	slices.Sort(l)
	return l
}

func personalityOf(version string) (*personality, error) {
	if version == "" {
		version = DefaultVersion
	}
	p, ok := personalities[version]
	if !ok {
		return nil, fmt.Errorf("practice: no Keycloak version %q, known are %s", version, strings.Join(Versions(), ", "))
	}
	return p, nil
}

// noAssertion refuses a client that must sign its request and sent a secret; signed requests are not served here.
func (p *personality) noAssertion() error {
	if p.version == "26.4.0" {
		return errOAuth(http.StatusBadRequest, "unauthorized_client", "Unexpected error when authenticating client")
	}
	return errOAuth(http.StatusBadRequest, "invalid_client", "Parameter client_assertion_type is missing")
}
