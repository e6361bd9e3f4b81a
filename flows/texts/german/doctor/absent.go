package doctor

var absent = []pair{
	{"403 means that the token is fine and a role is missing; which one is unknown. According to measurements the endpoint does not exist: %s", "403 heißt: Das Token ist in Ordnung, und eine Rolle fehlt; welche, ist nicht bekannt. Nach dem, was gemessen wurde, ist der Endpunkt nicht da: %s"},
	{"%d of the %d calls are to endpoints that %s does not have, as far as measured: %s.", "%d der %d Aufrufe gehen an Endpunkte, die %s nicht hat, soweit gemessen: %s."},
	{"The token is accepted, but the call would find nothing with any roles. %s %s", "Das Token wird angenommen, aber der Aufruf fände mit keinen Rollen etwas. %s %s"},
	{"Whether this version lacks the endpoint: it was not measured itself.", "Ob dieser Version der Endpunkt fehlt: Sie selbst wurde nicht gemessen."},
	{"What this endpoint requires: according to measurements this version does not have it. The server's log shows the missing role at level debug.", "Was dieser Endpunkt hier verlangt: Nach den Messungen hat ihn diese Version nicht. Das Log des Servers sagt auf der Stufe debug, welche Rolle fehlte."},
	{"The user in the path is disabled, and a disabled user is not impersonated.", "Der Benutzer im Pfad ist deaktiviert, und als deaktivierter Benutzer lässt sich nicht anmelden."},
	{"The user in the path is a service account, and service accounts are not impersonated.", "Der Benutzer im Pfad ist ein Service-Account, und als Service-Account lässt sich nicht anmelden."},
	{"who is the user in the path?", "wer ist der Benutzer im Pfad?"},
	{"The account holds what the call requires (%s), yet the server would answer %d. %s", "Was der Aufruf braucht (%s), ist da, und der Server würde trotzdem %d antworten. %s"},
	{"Whether what is held is enough: an admin sees what decides, and --send would show it.", "Ob reicht, was da ist: Ein Admin sieht, was entscheidet, und --send würde es zeigen."},
	{"The call is not sent, since it could change something. The account holds what its path requires (%s); whether that is enough depends on what could not be seen. %s", "Der Aufruf wird nicht gesendet, denn er könnte etwas ändern. Was sein Pfad braucht (%s), ist da; ob das reicht, hängt an dem, was nicht zu sehen war. %s"},
	{"Whether this version lets an account of the realm assign or revoke %s: measured on %s, no role of the realm does. An admin can see the version.", "Ob in dieser Version ein Konto des Realms %s zuweisen oder entziehen darf: Gemessen auf %s erlaubt das keine Rolle des Realms. Ein Admin sieht die Version."},
	{"The token endpoint refuses the login because of its header Origin (403 \"Invalid origin\"): %s is not among the web origins of the client %s.", "Der Token-Endpunkt lehnt die Anmeldung wegen ihres Headers Origin ab (403 \"Invalid origin\"): %s ist keiner der Web Origins des Clients %s."},
}
