// Package lesson is the German of the story, the lab and the table of roles.
package lesson

type pair = struct{ English, German string }

// All returns the pairs of each topic.
func All() [][]pair {
	return [][]pair{
		lesson, lessonMore, endpoints, journal, lab, ranges,
	}
}
