package words

import (
	"strings"
	"testing"

	"fix403/flows/lab"
	"fix403/keycloak/version"
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
		"you predicted:  403: the caller is known, but not allowed\n    it is:          401: the caller is unknown", "remember:       No token: 401.",
		"3 run: 2 as measured, 1 different, 0 not measured. 1 without a prediction.", "measured 401, observed 418",
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

// What a version that was not measured answers stands beside what is known of others, and is never said to be expected.
func TestUnmeasuredIsBesideWhatIsKnown(t *testing.T) {
	known := func(how version.How, answers ...string) lab.Known {
		k := lab.Known{How: how}
		for i, a := range answers {
			k.Answers = append(k.Answers, lab.Answer{Version: version.Of([]string{"26.2.5", "26.7.3"}[i]), Answer: a})
		}
		return k
	}
	for _, test := range []struct {
		known                  lab.Known
		observed               string
		state, beside, verdict string
	}{
		{known(version.Between, "401", "401"), "401", "like 26.2.5", "measured: 401 on 26.2.5 and 26.7.3", "but 26.2.5 and 26.7.3, the measured versions before and after it, answer the same."},
		{known(version.Between, "401", "401"), "404", "UNLIKE 26.2.5", "measured: 401 on 26.2.5 and 26.7.3", "26.2.5 and 26.7.3, the measured versions before and after it, answer 401."},
		{known(version.Differing, "403", "200"), "200", "like 26.7.3", "measured: 403 on 26.2.5, 200 on 26.7.3", "It answers like 26.7.3."},
		{known(version.Differing, "403", "200"), "401", "UNLIKE 26.2.5", "measured: 403 on 26.2.5, 200 on 26.7.3", "like neither of the measured versions"},
		{known(version.Outside, "403"), "403", "like 26.2.5", "measured: 403 on 26.2.5", "but 26.2.5, the nearest measured version, answers the same."},
		{known(version.Outside, "403"), "200", "UNLIKE 26.2.5", "measured: 403 on 26.2.5", "The nearest measured version, 26.2.5, answers 403."},
		{known(version.Documented, "401"), "401", "as documented", "documented: 401 since 26.2.5", "this is what Keycloak documents since 26.2.5."},
		{known(version.Documented, "401"), "200", "UNLIKE DOCS", "documented: 401 since 26.2.5", "Keycloak documents 401 since 26.2.5."},
		{known(version.Outside), "200", "not measured", "", "no recorded answer"},
	} {
		trial := trialOf(t, "no-token", "26.5.0", -1, test.observed, lab.NotMeasured)
		trial.Outcome.Expected, trial.Outcome.Known = "", test.known
		w := Words{}
		if got := w.TrialState(trial); got != test.state {
			t.Errorf("%v: %s, want %s", test.known, got, test.state)
		}
		if got := w.Beside(trial.Outcome); got != test.beside {
			t.Errorf("%v: %s, want %s", test.known, got, test.beside)
		}
		if got := w.TrialVerdict(trial); !strings.Contains(got, test.verdict) || !strings.HasPrefix(got, "Not measured") {
			t.Errorf("%v: %s, want %s", test.known, got, test.verdict)
		}
	}
	one := trialOf(t, "no-token", "26.5.0", -1, "401", lab.NotMeasured)
	one.Outcome.Known = known(version.Outside, "401")
	two := one
	two.Outcome.Observed = "404"
	want := "2 run: 0 as measured, 0 different, 2 not measured. Not measured, but like the nearest measured versions or Keycloak's documents: 1; unlike them: 1."
	if got := (Words{}).LabCount([]Trial{one, two}); got != want {
		t.Error(got)
	}
}
