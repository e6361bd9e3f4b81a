package report

import (
	"fix403/flows/document"
	"fix403/flows/down"
)

// Removals returns the documents of what was found on a server.
func Removals(found []down.Removal) []document.Removal {
	removals := []document.Removal{}
	for _, r := range found {
		removals = append(removals, document.Removal{Kind: string(r.Kind), Realm: r.Realm, Name: r.Name, ID: r.ID, InDoubt: r.InDoubt, Removed: r.Removed, Why: r.Why.String()})
	}
	return removals
}
