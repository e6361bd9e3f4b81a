package screens

var practice = []pair{
	{"%s (as documented, not measured)", "%s (laut Dokumentation, nicht gemessen)"},
	{"The practice server responds like Keycloak %s; a real one may differ.", "Der Übungsserver antwortet wie Keycloak %s; ein echter kann anders antworten."},
}
