// Package german is the lesson in German. Its pairs are static data, whose English is the same bytes as where it is said.
package german

// Pair is a text and its German. A German format may put the values into another order: %[2]s.
type Pair struct{ English, German string }

// All returns the pairs of each topic. No text stands in two of them.
func All() [][]Pair {
	return [][]Pair{
		absent, access, audience, audit, caller, certainty, changes, choice, clients, conditions, creds, dialog, doctorAudience, endpoints, failures,
		foreign, hands, help, hostile, journal, keys, lab, lesson, lineOutput, live, loginRefused, masks, numbers, paste, permissions, persons,
		practice, ranges, screens, search, stage, traffic, undo, unsent, walls, watch, wizard,
	}
}
