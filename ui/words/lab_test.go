package words

import (
	"strings"
	"testing"

	"fix403/flows/lab"
)

func trialOf(t *testing.T, id, server string, guess int, observed, result string) Trial {
	t.Helper()
	e := lab.ExperimentByID(id)
	if e == nil {
		t.Fatalf("no experiment %s", id)
	}
	return Trial{Experiment: e, Server: server, Guess: guess, Ran: observed != "", Outcome: lab.Outcome{Observed: observed, Expected: "401", Result: result}}
}

func TestSummaryOfTheLabGivesNoMarks(t *testing.T) {
	text := Words{}.LabSummary([]Trial{
		trialOf(t, "no-token", "26.7.3", 0, "401", lab.AsExpected),
		trialOf(t, "expired-token", "26.7.3", 1, "401", lab.AsExpected),
		trialOf(t, "id-token", "26.7.3", -1, "418", lab.Different),
		trialOf(t, "refresh-token", "26.7.3", 2, "", ""), // predicted and never run
	})
	for _, want := range []string{
		"you expected:  403: it knows, and the caller may not\n    it happened:   401: it does not know who is calling", "remember:      No token: 401.",
		"3 run: 2 as expected, 1 different, 0 not measured. 1 without a prediction.", "expected 401, observed 418",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, mark := range []string{"right", "wrong", "correct", "score", "A refresh token"} {
		if strings.Contains(text, mark) {
			t.Errorf("%q in\n%s", mark, text)
		}
	}
	if (Words{}).LabSummary([]Trial{trialOf(t, "no-token", "26.7.3", 1, "", "")}) != "" {
		t.Error("a summary of nothing")
	}
}

func TestSideBySideNeedsTwo(t *testing.T) {
	now := trialOf(t, "old-token-after-grant", "26.7.3", 0, "200", lab.AsExpected)
	before := trialOf(t, "old-token-after-grant", "24.0.5", 0, "403", lab.AsExpected)
	if got := SideBySide([]Trial{now, before}); got != "26.7.3: 200 | 24.0.5: 403" {
		t.Error(got)
	}
	if got := SideBySide([]Trial{now, trialOf(t, "old-token-after-grant", "24.0.5", 0, "", "")}); got != "" {
		t.Error(got)
	}
}
