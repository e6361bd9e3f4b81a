// Package flows is what fix403 knows about the story 403 to 200: its steps as data and functions, the gates a request
// passes, the journal of what was created, and the exports. It knows nothing of terminals: the wizard, the line mode
// and the headless run all interpret the same steps.
package flows
