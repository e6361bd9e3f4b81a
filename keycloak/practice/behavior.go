package practice

import "net/http"

// roleReading is where the admin API reads the caller's roles from. Four ways are measured (FACTS section 14).
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

// behavior is all that distinguishes one release of Keycloak from another. A field exists only where two releases differ, as
// measured or as documented, and means one thing; [behaviorOf] says which releases have it, and which of both it is.
type behavior struct {
	release
	defaults    string // file in defaults
	roleReading roleReading

	// Wire.
	debugDescription bool   // error bodies carry "For more on this error consult the server log at the debug level."
	forbiddenError   string // "error" of a 403 body
	strictPath       bool   // a path with // is refused, not collapsed
	headAnswersGet   bool   // HEAD is served by the GET method
	emptyHealth      bool   // /health and /metrics are 404 without a body
	xssHeader        bool   // X-XSS-Protection is sent
	htmlTitle        string // <title> of an HTML error page
	initialCreated   bool   // an initial access token is answered with 201, before with 200
	bearerManySpaces bool   // more than one space after Bearer is accepted
	algNone500       bool   // a token with alg none is an internal error
	issuerRealmRaw   bool   // the realm in a token's issuer is not unescaped: tokens of realms with spaces or umlauts are refused
	mailFailure      string // the answer of a realm without a mail server that is to send one; "" was not measured
	accountPages     bool   // each path below account has the page for a browser; else account leads to account/, which has it
	metadataCharset  bool   // discovery and JWKS say charset=UTF-8

	// Bodies of requests.
	unknownFieldShort  bool    // an unknown JSON field is named with line and column
	parseDescription   bool    // malformed JSON is described as such
	realmSchema        *schema // fields of a realm
	providerSchema     *schema // fields of an identity provider
	scopeNeedsProtocol bool    // a client scope must name its protocol
	emptyClientID      bool    // a client with empty clientId is created
	badProtocol500     bool    // an unknown protocol of a client is an internal error
	emptyPassword500   bool    // a password "" is an internal error, a missing one is not; afterwards the other way round

	// Tokens and the token endpoint.
	jtiPrefix                 bool     // jti starts with session, token and grant kind
	sessionState              bool     // tokens carry session_state beside sid
	subByMapper               bool     // sub comes from the basic scope, not always
	serviceAccountScope       bool     // the service account mappers stand in a client scope, not on the client
	lightweightBuiltins       bool     // admin-cli and the console use lightweight tokens with full scope
	userinfoPostNoCache       bool     // a POST to userinfo is answered with Cache-Control: no-cache
	sessionGone               string   // what userinfo says of a token whose session is over
	userinfoNoStore           bool     // userinfo is answered with Cache-Control: no-store
	grantTypes                []string // known to the token endpoint
	emptyAddress              bool     // the address claim is written though empty
	introspectInAudience      bool     // introspection answers only for tokens meant for the asking client
	secretLength              int      // of a generated client secret
	wrongPasswordStatus       int
	bearerOnlyUnauthorized    bool // a bearer-only client at the token endpoint: 401 unauthorized_client
	malformedBasicStatus      int
	noAssertion               func() *failure // a client that must sign its request sent a secret
	assertionFailures         bool            // what is wrong with an assertion is said behind "Client authentication with signed JWT failed"
	wrongAlgorithm            string          // of an assertion
	wrongSecretSignature      string          // of an assertion that a key signed in the place of the secret
	dpop                      bool            // proofs of possession are on
	dpopAnyCase               bool            // the scheme DPoP may be written in other letters
	boundKeyType              bool            // the claim cnf says by what kind of proof
	passwordServiceAccount500 bool            // the service account user in a password grant is an internal error
	disabledBeforePassword    bool            // a disabled user is refused as such before the password is checked
	serviceUserRecreated      bool            // a deleted service account user comes back with the next token
	noServiceUserMessage      bool            // a client without a service account user answers with a sentence
	credentialData            string          // how a password is stored, as credentials show it
	bearerOnlySecret          bool            // a bearer-only client gets a secret too

	// Who may do what.
	brokenAdminRoleMapping bool     // only who has the role admin of master may map realm-management roles
	mapViewAuthorization   bool     // view-authorization may be mapped by who views clients
	scopeRealmRolesListed  bool     // realm roles are available as scope mappings to who manages the realm
	scopeRealmRolesByRealm bool     // and only who manages the realm may map them
	strictMappings         bool     // client role mappings of a user need the right to view the client
	mappingsByContainer    bool     // role mappings show only roles of containers that the caller may view
	compositesByContainer  bool     // and so do composites
	decomposeChecked       bool     // removing a role from a composite needs the right to map it
	rolesByViewers         bool     // lists of roles need the view role of their container, not any query role
	roleMembersByViewers   bool     // the users and groups of a role need query-users and query-groups
	evaluateUserChecked    bool     // evaluating scopes for a user needs the right to view them
	defaultGroupsByUsers   bool     // default groups are shown to who may view users
	usersQueryClients      bool     // query-users lets list clients (empty)
	queryCountsAll         bool     // users/count with query-users only gives the real number
	profileAnyAdmin        bool     // users/profile for any admin role
	executionByViewers     bool     // view-realm reads an execution
	adminClientProtected   bool     // realm-management cannot be configured
	adminsProtected        bool     // a user is impersonated only by who holds all admin roles that they hold
	organizationRoles      bool     // roles for organizations exist beside view-realm and manage-realm
	authorizationViewers   []string // roles that read the authorization services of a client
	authorizationManagers  []string // roles that change them

	// What Keycloak's documents say of later releases than the newest measured one; documented.go has the whole of it.
	adminAudience       bool // the admin API takes only tokens that are meant for it; the client scope kc-admin-api
	secretsHidden       bool // a client's secret is shown to who manages the client
	scopeListsByViewers bool // a client's lists of client scopes are empty without view on client scopes
	scopesManaged       bool // giving a client scope to a client needs manage on the scope, too
	consoleListsClosed  bool // the admin console's own lists of roles and realms are refused to whom they would show nothing
	consoleByUsers      bool // the admin console's own list of sessions is of users that the caller may view
	invitations         bool
	sessionsByUsers     bool // a client's sessions are those of users that the caller may view
	adminGroupsClosed   bool // a group that gives realm-admin is joined only by the hand of who may map the role
	mappersByRealm      bool // protocol mappers need manage-realm

	// Features.
	organizations           bool
	fineGrained             bool // adminPermissionsEnabled exists
	fineGrainedDirect       bool // a permission opens its resource itself, not only lists
	organizationPermissions bool // organizations are a resource of fine-grained permissions
	permissionsSwitchedOff  bool // management/permissions answers 501
	unmanagedAttributes     bool // users/{id}/unmanagedAttributes exists
	requiredActionConfig    bool // a required action can have settings

	// What representations hold.
	resetPasswordAccess    bool // access of a user has resetPassword
	listAccessFull         bool // a user list has the whole access, not only manage
	listProfileMetadata    bool // a user list carries userProfileMetadata
	roleMembersAccess      bool // the users of a role carry access.manage
	memberListBrief        bool // members of an organization are brief
	transientSessions      bool // a session has transientUser
	serverInfoAll          bool // serverinfo shows system and memory to every admin
	serverInfoRealmSystem  bool // manage-realm of the own realm sees systemInfo
	secondaryFailures      bool // attack detection has numSecondaryAuthFailures
	reducedBruteForce      bool // a reduced realm has bruteForceProtected
	reducedOrganizations   bool // a reduced realm has organizationsEnabled
	identityProvidersInRep bool // a realm holds identityProviders and supportedLocales
	providerDefaults       bool // an identity provider shows every setting, given or not
	providerHideOnLogin    bool // it has hideOnLogin
	executionPriority      bool // an execution in a list has its priority
	executionFlag          bool // an execution has autheticatorFlow (sic)

	// Identity providers.
	providerSyncLegacy   bool // one without a syncMode gets LEGACY
	providerIssuer       bool // one of a known vendor gets its issuer
	providerAliasFixed   bool // the alias cannot be changed
	providerByInternalID bool // a PUT finds it by internalId, then by the alias in the body

	// Flows.
	flowCopyLocation    bool // copying a flow answers a Location
	flowErrorSentence   bool // an unknown flow is answered with a sentence
	flowChangeEmpty     bool // changing a flow is 204, not the flow
	requiredActionKnown bool // registering an unknown required action is refused

	// Events.
	eventIDs           bool // an event has an id
	eventReason        bool // an event of a failure has the reason
	eventSessionAlways bool // an event without a session has an invented session id
	eventOrder         bool // lists of events can be sorted
	eventMilliseconds  bool // and bounded by milliseconds since 1970
	profileAdminEvents bool // changes of the user profile are admin events

	workflows     bool // there is an endpoint of workflows
	originChecked bool // a call from a foreign origin is refused
	featuresOff   bool // client types and fine-grained permissions of the first kind are there, and switched off

	offlineBesideOnline bool                 // a login with the scope offline_access leaves an ordinary session, too
	shortSessionIDs     bool                 // the id of a session has 24 characters, and is no UUID
	childrenSearch      bool                 // a group's children can be searched
	roleUnnamed         func(*call) *failure // a role's PUT without a name
	clearsCRLCache      bool                 // there is clear-crl-cache

	// Counting users.
	countLoose            bool // users/count takes other criteria than the list
	countByLinkedProvider bool // it takes idpAlias and idpUserId

	// Answers to bad input.
	unnamedConflict        bool   // a duplicate in the database is an unknown_error
	realmConflict          string // with %s for the name, or a fixed sentence
	longNameStatus         int
	longNameMessage        string
	profileNeedsAttributes bool // a user profile without attributes is refused with a sentence
	memberUnknown404       bool // an unknown user as member of an organization is 404, not 400
	organizationErrors     bool // sentences about an organization's alias and domains name what is wrong
}

const (
	deviceGrant   = "urn:ietf:params:oauth:grant-type:device_code"
	umaGrant      = "urn:ietf:params:oauth:grant-type:uma-ticket"
	cibaGrant     = "urn:openid:params:grant-type:ciba"
	exchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange"
	jwtGrant      = "urn:ietf:params:oauth:grant-type:jwt-bearer"
)

// behaviorOf is the table of behaviors: each with the releases that have it. since, until and valueAt are measured, as far as
// the releases are; documented is from Keycloak's documents.
func behaviorOf(r release) *behavior {
	since := func(first release) bool { return since(first).has(r) }
	until := func(last release) bool { return until(last).has(r) }
	documented := func(first string) bool { return documentedSince(r, first) }

	grants := []string{"authorization_code", "client_credentials", "password", "refresh_token", deviceGrant, umaGrant, cibaGrant}
	if since(v2640) {
		grants = append(grants, exchangeGrant)
	}
	if since(v2672) {
		grants = append(grants, jwtGrant)
	}
	return &behavior{
		release:     r,
		defaults:    valueAt(r, from[string]{{v2405, "24.0.5.json"}, {v2640, "26.4.0.json"}, {v2672, "26.7.3.json"}}),
		roleReading: valueAt(r, from[roleReading]{{v2405, readToken}, {v2640, readTokenOrLive}, {v2672, readTokenAndLive}, {v2673, readLive}}),

		debugDescription: until(v2405),
		forbiddenError:   valueAt(r, from[string]{{v2405, "unknown_error"}, {v2640, "HTTP 403 Forbidden"}}),
		strictPath:       since(v2672),
		originChecked:    since(v2672),
		workflows:        since(v2672),
		featuresOff:      since(v2640),
		headAnswersGet:   since(v2640),
		emptyHealth:      until(v2405),
		xssHeader:        until(v2405),
		htmlTitle:        valueAt(r, from[string]{{v2405, "Sign in to "}, {v2672, " "}}),
		initialCreated:   since(v2673),
		bearerManySpaces: until(v2640),
		algNone500:       until(v2640),
		issuerRealmRaw:   until(v2405),
		accountPages:     since(v2640),
		metadataCharset:  until(v2405),

		unknownFieldShort:  since(v2640),
		parseDescription:   since(v2640),
		realmSchema:        valueAt(r, from[*schema]{{v2405, realmSchemaBefore26}, {v2640, realmSchema}}),
		providerSchema:     valueAt(r, from[*schema]{{v2405, providerSchemaBefore26}, {v2640, providerSchema}}),
		scopeNeedsProtocol: since(v2640),
		emptyClientID:      until(v2405),
		badProtocol500:     until(v2640),
		emptyPassword500:   until(v2405),

		jtiPrefix:                 since(v2640),
		sessionState:              until(v2405),
		subByMapper:               since(v2640),
		serviceAccountScope:       since(v2640),
		lightweightBuiltins:       since(v2640),
		userinfoNoStore:           since(v2672),
		userinfoPostNoCache:       until(v2640),
		sessionGone:               valueAt(r, from[string]{{v2405, "User session not found or doesn't have client attached on it"}, {v2640, "user_session_not_found"}}),
		grantTypes:                grants,
		emptyAddress:              until(v2640),
		introspectInAudience:      since(v2672),
		secretLength:              valueAt(r, from[int]{{v2405, 32}, {v2672, 86}}),
		wrongPasswordStatus:       valueAt(r, from[int]{{v2405, http.StatusUnauthorized}, {v2672, http.StatusBadRequest}}),
		bearerOnlyUnauthorized:    r == v2640,
		malformedBasicStatus:      valueAt(r, from[int]{{v2405, http.StatusBadRequest}, {v2672, http.StatusUnauthorized}}),
		noAssertion:               valueAt(r, from[func() *failure]{{v2405, errAssertionMissing}, {v2640, errAssertionUnexpected}, {v2672, errAssertionMissing}}),
		assertionFailures:         until(v2405),
		wrongAlgorithm:            valueAt(r, from[string]{{v2405, "invalid signature algorithm"}, {v2640, "Invalid signature algorithm"}}),
		wrongSecretSignature:      valueAt(r, from[string]{{v2405, "Signature on JWT token by client secret  failed validation"}, {v2672, "Signature on JWT token by client secret failed validation"}}),
		dpop:                      since(v2640),
		dpopAnyCase:               since(v2672),
		boundKeyType:              since(v2672),
		passwordServiceAccount500: until(v2405),
		disabledBeforePassword:    until(v2640),
		serviceUserRecreated:      until(v2405),
		noServiceUserMessage:      since(v2640),
		credentialData: valueAt(r, from[string]{
			{v2405, `{"hashIterations":210000,"algorithm":"pbkdf2-sha512","additionalParameters":{}}`},
			{v2640, `{"hashIterations":5,"algorithm":"argon2","additionalParameters":{"hashLength":["32"],"memory":["7168"],"type":["id"],"version":["1.3"],"parallelism":["1"]}}`},
		}),
		bearerOnlySecret: since(v2672),

		brokenAdminRoleMapping: r == v2640,
		mapViewAuthorization:   since(v2672),
		scopeRealmRolesListed:  since(v2640),
		scopeRealmRolesByRealm: since(v2672),
		strictMappings:         since(v2673),
		mappingsByContainer:    since(v2672),
		compositesByContainer:  since(v2672),
		decomposeChecked:       since(v2672),
		rolesByViewers:         since(v2672),
		roleMembersByViewers:   since(v2672),
		evaluateUserChecked:    since(v2672),
		consoleByUsers:         since(v2672),
		consoleListsClosed:     until(v2405),
		defaultGroupsByUsers:   since(v2672),
		usersQueryClients:      until(v2405),
		queryCountsAll:         since(v2640),
		profileAnyAdmin:        until(v2640),
		executionByViewers:     since(v2640),
		adminClientProtected:   since(v2672),
		adminsProtected:        since(v2674),
		organizationRoles:      since(v2672),
		authorizationViewers: valueAt(r, from[[]string]{
			{v2405, []string{"view-authorization", "manage-authorization"}}, {v2640, []string{"view-clients", "manage-clients"}},
			{v2672, []string{"view-authorization", "manage-authorization", "view-clients", "manage-clients"}},
		}),
		authorizationManagers: valueAt(r, from[[]string]{
			{v2405, []string{"manage-authorization", "manage-clients"}}, {v2640, []string{"manage-clients"}}, {v2672, []string{"manage-authorization", "manage-clients"}},
		}),

		adminAudience:       documented("26.8.2"),
		secretsHidden:       documented("26.8.0"),
		scopeListsByViewers: documented("26.8.0"),
		scopesManaged:       documented("26.8.0"),
		sessionsByUsers:     documented("26.8.0"),
		adminGroupsClosed:   documented("26.8.1"),
		mappersByRealm:      documented("26.8.2"),

		mailFailure: valueAt(r, from[string]{{v2405, ""}, {v2672, "Failed to send execute actions email: Invalid sender address 'null'. If the address contains UTF-8 " +
			"characters in the local part please ensure the SMTP server supports the SMTPUTF8 extension and enable 'Allow UTF-8' in the email realm configuration."}}),

		organizations:           since(v2640),
		fineGrained:             since(v2640),
		fineGrainedDirect:       since(v2672),
		organizationPermissions: since(v2672),
		permissionsSwitchedOff:  since(v2640),
		invitations:             since(v2672),
		unmanagedAttributes:     since(v2640),
		requiredActionConfig:    since(v2640),

		childrenSearch: since(v2640),
		roleUnnamed: valueAt(r, from[func(*call) *failure]{
			{v2405, func(*call) *failure { return errNotImplemented("a role without a name") }}, // it loses its name
			{v2640, (*call).errInternal},
			{v2672, func(*call) *failure { return errText(http.StatusBadRequest, "role has no name") }},
		}),
		offlineBesideOnline: until(v2405),
		shortSessionIDs:     since(v2672),
		clearsCRLCache:      since(v2640),

		resetPasswordAccess:    since(v2640),
		listAccessFull:         until(v2405),
		listProfileMetadata:    r == v2640,
		roleMembersAccess:      since(v2672),
		memberListBrief:        since(v2672),
		transientSessions:      since(v2640),
		serverInfoAll:          until(v2405),
		serverInfoRealmSystem:  since(v2672),
		secondaryFailures:      since(v2672),
		reducedBruteForce:      since(v2640),
		reducedOrganizations:   since(v2672),
		identityProvidersInRep: until(v2405),
		providerDefaults:       until(v2640),
		providerHideOnLogin:    r == v2640,
		executionPriority:      since(v2640),
		executionFlag:          since(v2640),

		providerSyncLegacy:   r == v2640,
		providerIssuer:       since(v2672),
		providerAliasFixed:   since(v2672),
		providerByInternalID: until(v2405),

		flowCopyLocation:    since(v2640),
		flowErrorSentence:   since(v2640),
		flowChangeEmpty:     since(v2640),
		requiredActionKnown: since(v2640),

		eventIDs:           since(v2640),
		eventReason:        since(v2640),
		eventSessionAlways: until(v2405),
		eventOrder:         since(v2640),
		eventMilliseconds:  since(v2640),
		profileAdminEvents: until(v2405),

		countLoose:            until(v2405),
		countByLinkedProvider: since(v2672),

		unnamedConflict:        until(v2405),
		realmConflict:          valueAt(r, from[string]{{v2405, "Conflict detected. See logs for details"}, {v2640, "Realm %s already exists"}}),
		longNameStatus:         valueAt(r, from[int]{{v2405, http.StatusConflict}, {v2672, http.StatusBadRequest}}),
		longNameMessage:        valueAt(r, from[string]{{v2405, "Conflict detected. See logs for details"}, {v2640, "Duplicate resource error"}, {v2672, "Database operation failed"}}),
		profileNeedsAttributes: until(v2405),
		memberUnknown404:       since(v2672),
		organizationErrors:     since(v2672),
	}
}

// A client that must sign its request sent a secret; signed requests are not served here.
func errAssertionMissing() *failure {
	return errOAuth(http.StatusBadRequest, "invalid_client", "Parameter client_assertion_type is missing")
}

func errAssertionUnexpected() *failure {
	return errOAuth(http.StatusBadRequest, "unauthorized_client", "Unexpected error when authenticating client")
}
