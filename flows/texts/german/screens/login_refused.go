package screens

var loginRefused = []pair{
	{"The admin could log in, and its new token was refused at the admin API (401).", "Der Admin konnte sich anmelden, und sein neues Token wurde an der Admin-API abgewiesen (401)."},
	{"What the server's configuration is: the admin's new token was refused (401).", "Wie der Server konfiguriert ist: Das neue Token des Admins wurde abgewiesen (401)."},
}
