package doctor

var conditions = []pair{
	{"If the user holds roles of realm-management, directly or through a group, a caller that does not hold each of them gets 403.", "Wenn der Benutzer Rollen von realm-management hat, direkt oder durch eine Gruppe, muss der Aufrufer jede davon auch haben, sonst bekommt er 403."},
	{"The call's object, which also matters: %s", "Das Objekt des Aufrufs, das auch entscheidet: %s"},
	{"Which roles the user holds does not count: the role impersonation is enough for an admin, too.", "Welche Rollen der Benutzer hat, zählt nicht: Die Rolle impersonation genügt auch für einen Admin."},
}
