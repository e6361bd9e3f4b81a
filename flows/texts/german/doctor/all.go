// Package doctor is the German of what is asked of and said about a server, its accounts and their calls.
package doctor

type pair = struct{ English, German string }

// All returns the pairs of each topic.
func All() [][]pair {
	return [][]pair{
		absent, access, audience, audit, caller, certainty, changes, choice, clients, conditions, doctorAudience, failures,
		foreign, permissions, persons, traffic, unsent, walls, watch,
	}
}
