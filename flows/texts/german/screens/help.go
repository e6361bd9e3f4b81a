package screens

var help = []pair{
	{"Usage:", "Aufruf:"},
	{"Examples:", "Beispiele:"},
	{"Available Commands:", "Befehle:"},
	{"Flags:", "Optionen:"},
	{"Use \"%s [command] --help\" for more information about a command.", "Mehr über einen Befehl: \"%s [command] --help\"."},
	{"default", "Vorgabe"},
}
