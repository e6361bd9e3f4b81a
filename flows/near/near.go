// Package near finds what a misspelt word may have been meant to be.
package near

import (
	"slices"
	"strings"
)

// most is how many words are offered.
const most = 3

// Of returns those of some words that are nearest to one that is none of them, at most three; nil where none is near. A word that
// begins with it is near.
func Of(word string, among []string) []string {
	word = strings.ToLower(word)
	best := max(2, len(word)/3)
	if len(word) < most {
		best = 1
	}
	var found []string
	for _, other := range among {
		if len(word) >= most && strings.HasPrefix(strings.ToLower(other), word) {
			found = append(found, other)
		}
	}
	if found == nil {
		for _, other := range among {
			switch d := Distance(word, strings.ToLower(other)); {
			case d < best:
				best, found = d, []string{other}
			case d == best:
				found = append(found, other)
			}
		}
	}
	if i := slices.IndexFunc(found, func(other string) bool { return word != "" && strings.HasPrefix(strings.ToLower(other), word[:1]) }); i >= 0 {
		found = slices.DeleteFunc(found, func(other string) bool { return !strings.HasPrefix(strings.ToLower(other), word[:1]) })
	}
	return slices.Clip(found[:min(len(found), most)])
}

// Distance returns how many letters have to be added, left out, replaced or swapped with the next to make one word of another.
func Distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
