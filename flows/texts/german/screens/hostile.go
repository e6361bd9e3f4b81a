package screens

var hostile = []pair{
	{"%s, and %d more", "%s und %d weitere"},
	{"fix403 itself failed (%s). This is a bug in fix403, not in your setup.", "fix403 selbst ist gescheitert (%s). Das ist ein Fehler in fix403, nicht in der eigenen Umgebung."},
	{"Please report this location: %s. What the run had created is in the journal: fix403 down removes it.", "Bitte diese Stelle melden: %s. Was der Lauf angelegt hatte, steht im Journal: fix403 down entfernt es."},
	{"What refused the call: Keycloak answers 401 where it cannot read a token, so this 403 probably comes from something in front of it, or something replaced the token.", "Wer den Aufruf abgelehnt hat: Keycloak antwortet 401, wo es kein Token lesen kann; dieses 403 kommt also wahrscheinlich von etwas davor oder von etwas, das das Token durch ein anderes ersetzt hat."},
	{"What is sent is not a Keycloak token, yet the server accepts it: nothing shows which account makes the call, and with which roles.", "Was als Token gesendet wird, ist keines von Keycloak, und der Server lässt es trotzdem in den Realm: Nichts zeigt, in wessen Namen der Aufruf geschieht und mit welchen Rollen."},
	{"Which account is behind this token: something in front of the server replaces it with a Keycloak token, and knows that.", "Welches Konto hinter diesem Token steht: Das weiß, was es vor dem Server durch eines von Keycloak ersetzt."},
	{"The response of %s is JSON with more values or levels than fix403 accepts.", "Die Antwort von %s ist JSON mit mehr Werten oder Ebenen, als fix403 aufnimmt."},
	{"%s answered 101 and switched to another protocol, which fix403 had not asked for.", "%s antwortete 101 und wechselte zu einem anderen Protokoll, um das fix403 nicht gebeten hatte."},
}
