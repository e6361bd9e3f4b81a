// Package flows is what fix403 knows about the story 403 to 200, in packages that each import only those below them: see
// the picture in CONTRIBUTING.md. They know nothing of terminals: the wizard, the line mode and the headless run all
// interpret the same steps. Here are the tests that take several of them together.
package flows
