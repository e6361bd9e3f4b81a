package doctor

var audience = []pair{
	{"which scopes do tokens of this realm know?", "welche Scopes kennen die Token dieses Realms?"},
}
