package screens

var masks = []pair{
	{"%s has only %d characters: it cannot be masked if a server repeats it.", "%s hat nur %d Zeichen: Wiederholt ein Server es, lässt es sich nicht maskieren."},
	{"%s is a common word or a name: it cannot be masked if a server repeats it.", "%s ist ein gängiges Wort oder ein Name: Wiederholt ein Server es, lässt es sich nicht maskieren."},
	{"The admin's password", "Das Passwort des Admins"},
	{"The client's secret", "Das Secret des Clients"},
	{"The secret of the admin's client", "Das Secret des Admin-Clients"},
}
