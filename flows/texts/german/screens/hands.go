package screens

var hands = []pair{
	{"With curl, in a shell, with the variables and the function bearer of the story's script. Press y to copy.", "Mit curl, in einer Shell, mit den Variablen und der Funktion bearer aus dem Skript der Geschichte. y kopiert."},
	{"a body from a file or a pipe, which is not read", "ein Body aus einer Datei oder Pipe, die nicht gelesen wird"},
	{"headers from a file or a pipe, which is not read", "Header aus einer Datei oder Pipe, die nicht gelesen wird"},
	{"with a token from a shell variable, a file or a pipe", "mit einem Token aus einer Shell-Variablen, einer Datei oder einer Pipe"},
}
