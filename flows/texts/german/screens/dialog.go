package screens

var dialog = []pair{
	{"  press y; esc changes nothing", "  y drücken; Esc ändert nichts"},
	{"A client and a user are created in %s, and nothing else.", "In %s werden ein Client und ein Benutzer angelegt, sonst nichts."},
	{"Create the realm %s?", "Den Realm %s anlegen?"},
	{"Follow the advice by hand. For a client's own token, diagnose the call of that client.", "Dem Rat von Hand folgen. Für das eigene Token eines Clients den Aufruf dieses Clients diagnostizieren."},
	{"Log in over plain http?", "Über unverschlüsseltes http anmelden?"},
	{"Log out, and open this step again?", "Abmelden und diesen Schritt wieder öffnen?"},
	{"Start the story again, and undo what this run did?", "Von vorn anfangen und alles zurücknehmen, was dieser Durchlauf tat?"},
	{"Undo this step and all later ones?", "Diesen und alle späteren Schritte zurücknehmen?"},
	{"Work inside the realm %s?", "Im Realm %s arbeiten?"},
	{"confirm", "bestätigen"},
}
