package doctor

var traffic = []pair{
	{"it is longer than 1 MiB", "sie ist länger als 1 MiB"},
	{"it holds no call", "sie enthält keinen Aufruf"},
	{"it is not JSON", "sie ist kein JSON"},
	{"the archive breaks off, or is not JSON from here on", "das Archiv bricht ab oder ist ab hier kein JSON"},
	{"it fits no known call", "sie passt zu keinem bekannten Aufruf"},
	{"The recording is larger than %d MiB.", "Die Aufzeichnung ist größer als %d MiB."},
	{"Keep the lines with /admin/realms alone.", "Nur die Zeilen mit /admin/realms behalten."},
	{"This is not a recording of calls.", "Das ist keine Aufzeichnung von Aufrufen."},
	{"It can be a recording of fix403, a HAR file, an access log of nginx or Keycloak, or Keycloak's own log with admin events.", "Lesbar sind eine Aufzeichnung von fix403, eine HAR-Datei, ein Zugriffsprotokoll von nginx oder Keycloak, oder Keycloaks eigenes Log mit Admin-Ereignissen."},
	{"A newer fix403 wrote this recording.", "Diese Aufzeichnung hat ein neueres fix403 geschrieben."},
	{"Read it with the fix403 that wrote it, or a newer one.", "Sie mit dem fix403 lesen, das sie geschrieben hat, oder mit einem neueren."},
	{"caller", "Aufrufer"},
	{"requests", "Anfragen"},
	{"%d, of which %d were refused", "%d, davon %d abgelehnt"},
	{"%s of realm %s", "%s des Realms %s"},
	{"Lines about something else: %d.", "Zeilen über anderes: %d."},
	{"Lines of %s that cannot be read: %d.", "Zeilen von %s, die nicht lesbar sind: %d."},
	{"line %d: %s", "Zeile %d: %s"},
	{"Line %d of %s: %s", "Zeile %d von %s: %s"},
	{"Lines of %s: %s. %s", "Zeilen von %s: %s. %s"},
}
