package flags

import "fix403/flows/lab"

// Experiments returns the experiments of the lab by their names; none lists them.
func Experiments(ids []string, all bool) ([]*lab.Experiment, error) {
	if all {
		if len(ids) > 0 {
			return nil, Usage("Give one of them.", "--all and the name of an experiment exclude each other")
		}
		return lab.Experiments(), nil
	}
	var chosen []*lab.Experiment
	for _, id := range ids {
		e := lab.ExperimentByID(id)
		if e == nil {
			var known []string
			for _, e := range lab.Experiments() {
				known = append(known, e.ID)
			}
			return nil, Usage(Meant(id, known, "See fix403 lab for their names."), "there is no experiment %q", id)
		}
		chosen = append(chosen, e)
	}
	return chosen, nil
}
