package near

import (
	"slices"
	"strings"
)

// Text is what can be searched for.
type Text struct {
	Names []string // the segments of a path, or the words of a title, in lower case
	Path  bool     // of Names, the later ones say more of it
	About string   // what else is known of it, in lower case
}

// How well a word is found: as a whole name, as the beginning of one, within one, or only in what else is known. Places and lengths
// count less than all of these.
const (
	whole    = 1000
	begins   = 600
	within   = 300
	besides  = 100
	similar  = 50
	perPlace = 10
)

// Rank returns those of n texts that have every word of a query, the best first and equals as they are; where none has, those with
// words like them, as of a misspelt one. Without a word it returns all.
func Rank(query string, n int, text func(int) Text) []int {
	asked := strings.Fields(strings.ToLower(query))
	for _, score := range []func(Text, string) int{Text.has, Text.like} {
		var found, scores = []int(nil), make([]int, n)
		for i := range n {
			if t := text(i); t.hasAll(asked, score, &scores[i]) {
				found = append(found, i)
			}
		}
		if len(asked) > 0 {
			slices.SortStableFunc(found, func(a, b int) int { return scores[b] - scores[a] })
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// hasAll adds up how well each word is found, and reports whether all are.
func (t Text) hasAll(asked []string, score func(Text, string) int, sum *int) bool {
	for _, word := range asked {
		s := score(t, word)
		if s == 0 {
			return false
		}
		*sum += s
	}
	for _, name := range t.Names { // the shorter path, or title, first
		*sum -= 2
		if strings.HasPrefix(name, "{") {
			*sum++
		}
	}
	return true
}

// has returns how well a word is found; 0 for not at all.
func (t Text) has(word string) int {
	best := 0
	if path := "/" + strings.Join(t.Names, "/"); strings.Contains(word, "/") {
		switch {
		case strings.HasSuffix(path, strings.TrimSuffix(word, "/")):
			best = whole
		case strings.Contains(path, word):
			best = within
		}
	}
	after := 0 // names behind, without those that a path leaves open
	for _, name := range slices.Backward(t.Names) {
		if s := inName(name, word); s > 0 {
			best = max(best, s-min(after, 9)*perPlace)
		}
		if t.Path && !strings.HasPrefix(name, "{") {
			after++
		}
	}
	if best == 0 && strings.Contains(t.About, word) {
		best = besides
	}
	return best
}

func inName(name, word string) int {
	switch i := strings.Index(name, word); {
	case name == word:
		return whole
	case i == 0:
		return begins
	case i > 0 && strings.ContainsAny(name[i-1:i], "-{("): // the beginning of a part of it
		return begins - perPlace
	case i > 0:
		return within
	}
	return 0
}

// like is has for a word that may be misspelt.
func (t Text) like(word string) int {
	if s := t.has(word); s > 0 || len(word) <= most {
		return s
	}
	far := max(1, len(word)/4)
	for _, name := range t.Names {
		for _, part := range append(strings.Split(name, "-"), name) {
			if d := Distance(strings.Trim(part, "{}"), word); d <= far {
				return similar - d
			}
		}
	}
	return 0
}
