package audit

import "fix403/flows/texts"

// Rule is what findings have in common.
type Rule struct {
	ID    string
	Title texts.Text
	// Severity is the highest that its findings have.
	Severity Severity
	// About and Fix explain the rule to readers of SARIF, which is English.
	About, Fix string
}

// The rules.
var (
	realmAdmin = &Rule{"realm-admin", "The account may do everything", High,
		"realm-admin contains all roles of the admin API: anyone with the account's credentials controls the realm.",
		"Grant the roles that its calls require, then revoke realm-admin."}
	escalates = &Rule{"escalates", "A role leads to further rights", High,
		"With this role an account can obtain rights that it was not granted, such as those of another account or of a new one. The finding says by which way, and where that was measured.",
		"Grant the smaller role that its calls require, if there is one, and revoke this one. Otherwise guard its credentials as those of an admin."}
	readsSecrets = &Rule{"reads-secrets", "view-clients reads the secret of a client that may do more", High,
		"The account reads the secret of a client that may do more than itself, and can log in as that client.",
		"Revoke view-clients, or take the roles from the other client. Renew its secret if it may have been read."}
	byDefault = &Rule{"default-role", "Every new account gets roles of the admin API", High,
		"The default role of the realm includes roles of the admin API, so each account gets them when it is created.",
		"Take them out of the default role, and grant them to the accounts that require them."}
	noAudience = &Rule{"audience-missing", "The client lacks the audience of the admin API", High,
		"The realm has the client scope that puts the audience of the admin API into tokens, and this client was not assigned it.",
		"Assign the client scope to the client as a default one."}
	fullScope = &Rule{"full-scope", "Full scope is on where admin roles are held", Medium,
		"With full scope a token carries all roles of its account, whether or not the client requires them.",
		"Add scope mappings of the roles that the client requires, then switch full scope off."}
	expired = &Rule{"secret-expired", "The client's secret has expired", Medium,
		"The client's secret is past the date that the realm's policy for secret rotation sets.",
		"Renew the secret, and give the new one to the program."}
	unused = &Rule{"unused-roles", "No known call requires these roles", Medium,
		"The account holds roles that none of its known calls requires. A recording shows what was called while it ran: what runs once a year is not in it.",
		"Revoke them once you are sure that nothing else requires them."}
	breaksNext = &Rule{"breaks-next-version", "A newer version of Keycloak refuses what works now", Medium,
		"Something that works today is refused by a newer version of Keycloak, as its documentation says.",
		"Prepare it before the upgrade: the finding says how."}
	oldSecret = &Rule{"secret-age", "The client's secret is old", Low,
		"The longer a secret is in use, the more places may have a copy of it.",
		"Renew the secret, and give the new one to the program."}
	disabled = &Rule{"disabled-account", "A disabled account still holds roles of the admin API", Low,
		"If it is enabled again, it has its roles at once.",
		"Revoke its roles, or remove the account."}
	outside = &Rule{"outside-scope", "Roles are held that the client's scope keeps out", Info,
		"The account holds roles that its tokens do not carry. They take effect once full scope or a scope mapping is added.",
		"Revoke what has no effect."}
)

// Rules are all of them.
func Rules() []*Rule {
	return []*Rule{realmAdmin, escalates, readsSecrets, byDefault, noAudience, fullScope, expired, unused, breaksNext, oldSecret, disabled, outside}
}
