package reason

import "testing"

// The weakest link decides, and nothing else does.
func TestCertaintyIsThatOfTheWeakestLink(t *testing.T) {
	saw, inferred := Saw(OnWire, "%s", "it answered 403"), Infer("%s", "nobody looked")
	open, unsent := Open("%s", "two causes fit"), NotSent("%s", "POST")
	for _, tt := range []struct {
		name  string
		chain Chain
		want  Certainty
	}{
		{"all links observed", Chain{saw, saw}, Proved},
		{"one link inferred", Chain{saw, inferred, saw}, Likely},
		{"one link unknown", Chain{saw, open}, Likely},
		{"the call is not sent", Chain{saw, unsent}, Predicted},
		{"not sent, and a link inferred", Chain{inferred, saw, unsent}, Predicted},
		{"nothing observed", Chain{inferred}, Likely},
		{"no link", nil, Likely},
	} {
		if got := tt.chain.Certainty(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// A link is either among those that were seen or among the doubts.
func TestSeenAndDoubtsAreTheChain(t *testing.T) {
	c := Chain{Saw(InToken, "%s", "a"), Infer("%s", "b"), Saw(AtServer, "%s", "c"), Open("%s", "d")}
	var seen, doubts string
	for _, l := range c.Seen() {
		seen += l.Says.String()
	}
	for _, l := range c.Doubts() {
		doubts += l.Says.String()
	}
	if seen != "ac" || doubts != "bd" {
		t.Errorf("seen %q, doubts %q", seen, doubts)
	}
	if len(c) != 4 || c[1].State != Inferred {
		t.Errorf("the chain was changed: %+v", c)
	}
}
