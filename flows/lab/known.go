package lab

import "fix403/keycloak/version"

// The worlds of role reading, by the versions on which they were measured.
const (
	byToken        = "17.0.0 18.0.2 21.0.2 22.0.5 23.0.7 24.0.5 25.0.6"
	byTokenOrLive  = "26.0.8 26.1.4 26.2.5 26.3.5 26.4.0 26.4.7 26.5.6 26.6.4 26.7.0"
	byTokenAndLive = "26.7.1 26.7.2" // #nosec G101 -- versions
	live           = "26.7.3 26.7.4"
)

// facts are what the versions answered.
func (e *Experiment) facts() version.Facts[string] {
	if e.always != "" {
		return inWorlds(e.always, e.always, e.always, e.always)
	}
	return e.expect
}

// inWorlds are the answers of the worlds of role reading.
func inWorlds(token, tokenOrLive, both, atCall string) version.Facts[string] {
	return version.Facts[string]{}.Measured(token, byToken).Measured(tokenOrLive, byTokenOrLive).
		Measured(both, byTokenAndLive).Measured(atCall, live)
}

// lightweight are the answers to a token of a client for which lightweight tokens are switched on: the oldest versions do not know them.
var lightweight = version.Facts[string]{}.Measured("200", "17.0.0 18.0.2 21.0.2 22.0.5 23.0.7").Measured("403", "24.0.5 25.0.6").
	Measured("200", byTokenOrLive).Measured("200", byTokenAndLive).Measured("200", live)

// The experiments of the audience came later, and were measured on fewer versions.
const audienceOn = "22.0.5 23.0.7 24.0.5 25.0.6 26.0.8 26.1.4 26.2.5 26.3.5 26.4.0 26.4.7 26.5.6 26.6.4 26.7.0 26.7.2 26.7.3 26.7.4"

// unlessGated is an answer of all versions on which it was measured, and what Keycloak documents of those that check the audience.
func unlessGated(observed, gated string) version.Facts[string] {
	return version.Facts[string]{}.Measured(observed, audienceOn).Documented(gated, gatedSince)
}

// gatedSince is the version since which Keycloak documents that its admin API looks at the audience of a token.
const gatedSince = "26.8.2"

// exchanged are the answers to a token that was exchanged for one with the audience account. Standard token exchange came with 26.2.
var exchanged = version.Facts[string]{}.Measured("501 Feature not enabled", "22.0.5 23.0.7").Measured("400 unsupported_grant_type", "24.0.5 25.0.6 26.0.8 26.1.4").
	Measured("403", "26.2.5 26.3.5 26.4.0 26.4.7 26.5.6 26.6.4 26.7.0 26.7.2").Measured("200", live).Documented("401", gatedSince)

// Known is what is known of an experiment's answer on a version.
type Known struct {
	How     version.How
	Answers []Answer // one; two of [version.Between] and [version.Differing], those of the measured versions around
}

// Answer is what a version answers.
type Answer struct {
	Version version.Version // on which it was measured; of [version.Documented], since which it holds
	Answer  string
}

// Known returns what is known of the answer of a version.
func (e *Experiment) Known(v version.Version) Known {
	k, facts := Known{How: version.Outside}, e.facts()
	for _, value := range facts.At(v, version.Equal) {
		k.How = value.How
		k.Answers = append(k.Answers, Answer{value.On, value.Value})
	}
	if k.How == version.Between && len(k.Answers) == 1 {
		_, after := facts.Around(v)
		k.Answers = append(k.Answers, Answer{after, k.Answers[0].Answer})
	}
	return k
}

// Ranges returns what the versions answered, the oldest first.
func (e *Experiment) Ranges() []version.Range[string] { return e.facts().Ranges(version.Equal) }

// measured is the answer that was measured on the very version, "" without one.
func (k Known) measured() string {
	if k.How != version.Measured || len(k.Answers) == 0 {
		return ""
	}
	return k.Answers[0].Answer
}

// Same returns the versions whose known answer an observation equals.
func (k Known) Same(observed string) []version.Version {
	var same []version.Version
	for _, a := range k.Answers {
		if a.Answer == observed {
			same = append(same, a.Version)
		}
	}
	return same
}
