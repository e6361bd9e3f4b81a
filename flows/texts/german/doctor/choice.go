package doctor

var choice = []pair{
	{"%s (a response with fewer fields) or %s (the whole response)", "%s (eine Antwort mit weniger Feldern) oder %s (die ganze Antwort)"},
	{"%s: a response with fewer fields", "%s: eine Antwort mit weniger Feldern"},
	{"%s: the whole response", "%s: die ganze Antwort"},
	{"A response with fewer fields may be enough, was measured on %s, and requires no powerful role: try it first.", "Eine Antwort mit weniger Feldern genügt vielleicht, wurde auf %s gemessen und verlangt keine mächtige Rolle: zuerst damit versuchen."},
	{"Any of them is enough, and none is smaller than another (measured on %s): fix403 has not chosen.", "Jede davon genügt, und keine ist kleiner als eine andere (gemessen auf %s): fix403 hat nicht gewählt."},
	{"Any of these is enough, and fix403 does not choose between them: %s. Nothing was changed.", "Jede davon genügt, und fix403 wählt nicht zwischen ihnen: %s. Nichts wurde geändert."},
	{"Grant the role of your choice by hand, as shown.", "Die gewählte Rolle von Hand zuweisen, wie gezeigt."},
	{"If a response with fewer fields is enough, so is %s (measured on %s).", "Wenn eine Antwort mit weniger Feldern genügt, genügt auch %s (gemessen auf %s)."},
	{"One of these is enough", "Eine davon genügt"},
	{"Run fix403 doctor --fix on a terminal and without --yes, which asks; or grant the role of your choice by hand, as shown.", "fix403 doctor --fix auf einem Terminal und ohne --yes aufrufen, dann wird gefragt; oder die gewählte Rolle von Hand zuweisen, wie gezeigt."},
	{"The fix can grant one of these", "Die Behebung kann eine davon zuweisen"},
	{"These lines grant %s, which is one of the choices that the diagnosis names.", "Diese Zeilen weisen %s zu, eine der Möglichkeiten, die die Diagnose nennt."},
	{"Which one? Type its number; enter changes nothing> ", "Welche? Nummer eingeben; Enter ändert nichts> "},
}
