// Package screens is the German of what screens and lines have around that: keys, forms, notices.
package screens

type pair = struct{ English, German string }

// All returns the pairs of each topic.
func All() [][]pair {
	return [][]pair{
		screens, screensMore, creds, dialog, hands, help, hostile, keys, lineOutput, live, masks, numbers, paste,
		practice, search, stage, undo, watch, wizard,
	}
}
