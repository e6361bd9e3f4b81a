package words

import (
	"fmt"
	"strconv"
	"strings"

	"fix403/flows/lab"
	"fix403/keycloak/version"
)

// Trial is an experiment, what the user predicted, and how it came out on a server.
type Trial struct {
	Experiment *lab.Experiment
	Server     string // its version, or its name where that is not known
	Guess      int    // index of the choices, -1 for none
	Ran        bool
	Outcome    lab.Outcome
}

// TrialState is how it came out, in a word or two.
func (w Words) TrialState(t Trial) string {
	switch {
	case !t.Ran:
		return w.T("not run")
	case t.Outcome.Result == lab.AsExpected:
		return w.T("as measured")
	case t.Outcome.Result == lab.Different:
		return w.T("DIFFERENT")
	}
	known := t.Outcome.Known
	same := known.Same(t.Outcome.Observed)
	switch {
	case len(known.Answers) == 0:
		return w.T("not measured")
	case known.How == version.Documented && len(same) > 0:
		return w.T("as documented")
	case known.How == version.Documented:
		return w.T("UNLIKE DOCS")
	case len(same) > 0:
		return w.T("like %s", same[0])
	}
	return w.T("UNLIKE %s", known.Answers[0].Version)
}

// TrialVerdict is the observed answer against the measured one, as a sentence.
func (w Words) TrialVerdict(t Trial) string {
	switch t.Outcome.Result {
	case lab.AsExpected:
		return w.T("As measured on this version.")
	case lab.Different:
		return w.T("DIFFERENT: this version was measured to answer %s.", t.Outcome.Expected)
	}
	return w.unmeasured(t.Outcome)
}

// unmeasured is an answer against what is known of other versions, as a sentence.
func (w Words) unmeasured(o lab.Outcome) string {
	k := o.Known
	same := len(k.Same(o.Observed))
	switch {
	case len(k.Answers) == 0:
		return w.T("Not measured: there is no recorded answer of this version.")
	case k.How == version.Documented && same > 0:
		return w.T("Not measured on this version; this is what Keycloak documents since %s.", k.Answers[0].Version)
	case k.How == version.Documented:
		return w.T("Not measured on this version. Keycloak documents %s since %s.", k.Answers[0].Answer, k.Answers[0].Version)
	case len(k.Answers) == 2 && k.How == version.Between && same > 0:
		return w.T("Not measured on this version, but %s and %s, the measured versions before and after it, answer the same.", k.Answers[0].Version, k.Answers[1].Version)
	case len(k.Answers) == 2 && k.How == version.Between:
		return w.T("Not measured on this version. %s and %s, the measured versions before and after it, answer %s.", k.Answers[0].Version, k.Answers[1].Version, k.Answers[0].Answer)
	case len(k.Answers) == 2 && same > 0:
		return w.T("Not measured on this version. It answers like %s. The measured versions before and after it differ: %s answers %s, and %s answers %s.", k.Same(o.Observed)[0],
			k.Answers[0].Version, k.Answers[0].Answer, k.Answers[1].Version, k.Answers[1].Answer)
	case len(k.Answers) == 2:
		return w.T("Not measured on this version. It answers like neither of the measured versions before and after it: %s answers %s, and %s answers %s.",
			k.Answers[0].Version, k.Answers[0].Answer, k.Answers[1].Version, k.Answers[1].Answer)
	case same > 0:
		return w.T("Not measured on this version, but %s, the nearest measured version, answers the same.", k.Answers[0].Version)
	}
	return w.T("Not measured on this version. The nearest measured version, %s, answers %s.", k.Answers[0].Version, k.Answers[0].Answer)
}

// ObservedStatus returns the last status of what was observed, as of "200, then 403"; 0 where there is none.
func ObservedStatus(o lab.Outcome) (status int) {
	for _, word := range strings.FieldsFunc(o.Observed, func(r rune) bool { return r < '0' || r > '9' }) {
		if n, err := strconv.Atoi(word); err == nil && n >= 100 && n < 600 {
			status = n
		}
	}
	return status
}

// Beside is an unmeasured answer beside what is known of other versions, for a line of a list; "" for a measured one.
func (w Words) Beside(o lab.Outcome) string {
	k := o.Known
	if o.Result != lab.NotMeasured || len(k.Answers) == 0 {
		return ""
	}
	answers := k.Answers
	switch {
	case k.How == version.Documented:
		return w.T("documented: %s since %s", answers[0].Answer, answers[0].Version)
	case len(answers) == 1:
		return w.T("measured: %s on %s", answers[0].Answer, answers[0].Version)
	case k.How == version.Between:
		return w.T("measured: %s on %s and %s", answers[0].Answer, answers[0].Version, answers[1].Version)
	}
	return w.T("measured: %s on %s, %s on %s", answers[0].Answer, answers[0].Version, answers[1].Answer, answers[1].Version)
}

// Ranges is what the versions answered, as a sentence; "" where all answered the same.
func (w Words) Ranges(e *lab.Experiment) string {
	ranges := e.Ranges()
	if len(ranges) < 2 {
		return ""
	}
	var measured, documented []string
	for _, r := range ranges {
		switch {
		case r.Documented:
			documented = append(documented, w.T("%s since %s", r.Value, r.From))
		case r.From == r.To:
			measured = append(measured, w.T("%s on %s", r.Value, r.From))
		default:
			measured = append(measured, w.T("%s on %s to %s", r.Value, r.From, r.To))
		}
	}
	text := w.T("Measured: %s.", strings.Join(measured, "; "))
	if len(documented) > 0 {
		text += " " + w.T("Documented, and not measured: %s.", strings.Join(documented, "; "))
	}
	return text
}

// Predicted is the prediction, "" without one.
func (w Words) Predicted(t Trial) string {
	if t.Guess < 0 || t.Guess >= len(t.Experiment.Choices) {
		return ""
	}
	return w.T(t.Experiment.Choices[t.Guess].Text)
}

// Happened is what was observed, in the words of the choice that it makes true.
func (w Words) Happened(t Trial) string {
	if i := t.Experiment.Answer(t.Outcome.Observed); i >= 0 {
		return w.T(t.Experiment.Choices[i].Text)
	}
	return Line(t.Outcome.Observed)
}

// Judged reports whether an experiment was predicted and run, and whether the prediction was right.
func (w Words) Judged(t Trial) (predicted, right bool) {
	predicted = t.Ran && w.Predicted(t) != ""
	return predicted, predicted && t.Guess == t.Experiment.Answer(t.Outcome.Observed)
}

// Compared is the prediction beside what happened; "" without a prediction.
func (w Words) Compared(t Trial) string {
	switch predicted, right := w.Judged(t); {
	case !predicted:
		return ""
	case right:
		return w.T("You predicted it: %s.", w.Predicted(t))
	}
	return w.T("You predicted: %s. It is: %s.", w.Predicted(t), w.Happened(t))
}

// Score says how many predictions were right; "" before there was one.
func (w Words) Score(trials []Trial) string {
	all, good := 0, 0
	for _, t := range trials {
		if predicted, right := w.Judged(t); predicted {
			all++
			if right {
				good++
			}
		}
	}
	if all == 0 {
		return ""
	}
	return w.T("%d of %d predictions right", good, all)
}

// SideBySide is what was observed on several servers, on one line; "" for fewer than two.
func SideBySide(trials []Trial) string {
	var parts []string
	for _, t := range trials {
		if t.Ran {
			parts = append(parts, t.Server+": "+Line(t.Outcome.Observed))
		}
	}
	if len(parts) < 2 {
		return ""
	}
	return strings.Join(parts, " | ")
}

// Recap is one prediction of a session, looked back at.
type Recap struct {
	Title, Predicted, Happened, Remember string
	Right                                bool
}

// Recaps are the predictions of a session in the order in which they were tried.
func (w Words) Recaps(trials []Trial) []Recap {
	var out []Recap
	for _, t := range trials {
		if t.Ran && w.Predicted(t) != "" {
			_, right := w.Judged(t)
			out = append(out, Recap{w.T(t.Experiment.Title) + " (" + Line(t.Server) + ")", w.Predicted(t), w.Happened(t), w.T(t.Experiment.Remember), right})
		}
	}
	return out
}

// LabCount says in a line how many experiments were run, and how they came out.
func (w Words) LabCount(trials []Trial) string {
	count, ran, silent, alike := map[string]int{}, 0, 0, 0
	for _, t := range trials {
		if t.Ran {
			ran++
			count[t.Outcome.Result]++
			if t.Outcome.Result == lab.NotMeasured && len(t.Outcome.Known.Same(t.Outcome.Observed)) > 0 {
				alike++
			}
			if w.Predicted(t) == "" {
				silent++
			}
		}
	}
	line := w.T("%d run: %d as measured, %d different, %d not measured.", ran, count[lab.AsExpected], count[lab.Different], count[lab.NotMeasured])
	if n := count[lab.NotMeasured]; n > 0 {
		line += " " + w.T("Not measured, but like the nearest measured versions or Keycloak's documents: %d; unlike them: %d.", alike, n-alike)
	}
	if silent > 0 && silent < ran { // without any prediction there was no question
		line += w.T(" %d without a prediction.", silent)
	}
	return line
}

// Differences are the trials that came out otherwise than measured, one line each.
func (w Words) Differences(trials []Trial) []string {
	var out []string
	for _, t := range trials {
		if t.Ran && t.Outcome.Result == lab.Different {
			out = append(out, w.T("DIFFERENT: %s (%s): measured %s, observed %s", t.Experiment.Title, Line(t.Server), t.Outcome.Expected, Line(t.Outcome.Observed)))
		}
	}
	return out
}

// LabSummary is what a session in the lab showed, as text; "" when nothing was run.
func (w Words) LabSummary(trials []Trial) string {
	ran := false
	for _, t := range trials {
		ran = ran || t.Ran
	}
	if !ran {
		return ""
	}
	var b strings.Builder
	b.WriteString(w.T("The lab of fix403") + "\n")
	for _, r := range w.Recaps(trials) {
		b.WriteString("  " + r.Title + "\n")
		for _, row := range [][2]string{{w.T("you predicted:"), r.Predicted}, {w.T("it is:"), r.Happened}, {w.T("remember:"), r.Remember}} {
			for i, line := range Wrap(row[1], 58) {
				name := row[0]
				if i > 0 {
					name = ""
				}
				fmt.Fprintf(&b, "    %s %s\n", Pad(name, 15), line)
			}
		}
	}
	for _, line := range w.Differences(trials) {
		b.WriteString("  " + line + "\n")
	}
	b.WriteString(w.LabCount(trials) + "\n")
	return b.String()
}
