package screens

var numbers = []pair{
	{"eight", "acht"},
	{"eleven", "elf"},
	{"five", "fünf"},
	{"four", "vier"},
	{"nine", "neun"},
	{"seven", "sieben"},
	{"six", "sechs"},
	{"ten", "zehn"},
	{"twelve", "zwölf"},
	{"two", "zwei"},
}
