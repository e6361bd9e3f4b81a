package doctor

var foreign = []pair{
	{"%s did not end in time", "%s kam nicht rechtzeitig zum Ende"},
	{"%s does not respond in HTTP: %s.", "%s antwortet nicht per HTTP: %s."},
	{"%s is a device", "%s ist ein Gerät"},
	{"%s is a folder", "%s ist ein Ordner"},
	{"%s is a pipe", "%s ist eine Pipe"},
	{"%s is a socket", "%s ist ein Socket"},
	{"%s is larger than %s", "%s ist größer als %s"},
	{"Check host and port: something other than a web server answers there.", "Host und Port prüfen: Dort antwortet etwas anderes als ein Webserver."},
	{"The %s has a control or invisible character.", "%s: Darin steht ein Steuerzeichen oder ein unsichtbares Zeichen."},
	{"The client %s is built into Keycloak and cannot get a token for itself: %s. Leave it unchanged, since Keycloak relies on it: create a client with client authentication and service account roles, and call with that.", "Der Client %s gehört zu Keycloak und bekommt kein eigenes Token: %s. Ihn unverändert lassen, denn Keycloak verlässt sich auf ihn: einen Client mit „Client authentication“ und „Service account roles“ anlegen und mit ihm aufrufen."},
	{"This is not a regular file.", "Das ist keine gewöhnliche Datei."},
	{"it has no service account", "er hat keinen Service-Account"},
	{"it is bearer-only", "er ist bearer-only"},
	{"it is public", "er ist öffentlich"},
}
