// Package german is the lesson in German. Its pairs are static data, whose English is the same bytes as where it is said.
package german

import (
	"slices"

	"fix403/flows/texts/german/doctor"
	"fix403/flows/texts/german/lesson"
	"fix403/flows/texts/german/screens"
)

// Pair is a text and its German. A German format may put the values into another order: %[2]s.
type Pair = struct{ English, German string }

// All returns the pairs of each topic. No text stands in two of them.
func All() [][]Pair { return slices.Concat(lesson.All(), screens.All(), doctor.All()) }
