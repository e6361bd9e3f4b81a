package plain

import (
	"context"

	"fix403/flows/doctor"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/result"
	"fix403/flows/intake"
	"fix403/ui/words"
)

// DiagnoseAll diagnoses a call and all further ones of the same caller, and says of each what came of it. An error means that there is no
// verdict on one of them.
func (c Console) DiagnoseAll(ctx context.Context, p intake.Prepared) (*result.All, error) {
	all := &result.All{}
	o := p.Options
	for i := range len(p.More) + 1 {
		if i > 0 {
			o.Method, o.Path = p.More[i-1].Method, p.More[i-1].Path
		}
		doc, err := doctor.New(o)
		if err != nil {
			return all, p.At(i, err)
		}
		d, err := doc.Diagnose(ctx)
		if err != nil {
			return all, err
		}
		d.NotChecked = append(d.NotChecked, p.Notes...)
		all.Add(d, doc.Milliseconds())
		c.called(d)
	}
	c.Printf("\n%s\n", c.T("%d of %d calls fail or hide something. Details of one: fix403 doctor --call.", all.Fails(), len(all.Diagnoses)))
	return all, nil
}

// called says what came of one call.
func (l Lines) called(d *exam.Diagnosis) {
	const width = 26
	style := good
	if !d.Verdict.Works() && !d.Verdict.WouldWork() {
		style = bad
	}
	l.Printf("%s\n", l.beside(l.in(style, d.Verdict.String())+" ", width, ink(words.Line(d.Call))))
	if !d.Verdict.Works() {
		l.Printf("%s\n", l.beside("", width, ink(words.Line(l.Say(d.Summary)))))
	}
}
