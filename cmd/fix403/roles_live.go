package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"fix403/flows/document"
	"fix403/flows/lab"
	"fix403/flows/problem"
	"fix403/flows/report"
	"fix403/flows/roles"
	"fix403/flows/roles/live"
	"fix403/keycloak/msg"
	"fix403/ui/plain"
)

// rolesLive measures a server: single calls, or the whole table.
func (a *app) rolesLive(ctx context.Context, f *pflag.FlagSet, o *rolesOptions, calls []roles.Call) error {
	only, err := measurable(calls)
	if err != nil {
		return notMeasured(err)
	}
	if o.write != "" {
		if err := roles.CanMerge(o.write); err != nil {
			return err
		}
	}
	if err := a.confirmCreation(ctx, &o.Server, &o.Names, false); err != nil {
		return err
	}
	story, err := a.story(ctx, &o.Server, &o.Names, f, true)
	if err != nil {
		return err
	}
	lo := live.Options{
		Practice: story.Practice, As: story.As, URL: story.URL, Credentials: story.Credentials, TLS: story.TLS,
		Timeout: story.Timeout, RealmTimeout: story.RealmTimeout, Journal: story.Journal, Only: only,
		GoOn: func(k live.Kept) (bool, error) { return a.confirmResuming(ctx, o, k) },
	}
	clearBar := a.liveProgress(o, &lo)
	lo.Notice = func(m msg.Message) {
		clearBar()
		a.asides().Println(a.Say(m))
	}
	start := time.Now()
	r, err := live.Measure(ctx, lo)
	clearBar()
	switch {
	case err != nil:
		return err
	case only != nil:
		return a.measuredCalls(o, r, calls)
	}
	return a.measuredTable(o, r, start)
}

// measurable are the endpoints of calls.
func measurable(calls []roles.Call) ([]*roles.Endpoint, error) {
	var only []*roles.Endpoint
	for _, c := range calls {
		e, err := roles.Shipped().Match(c)
		if err != nil {
			return nil, err
		}
		if !live.Measures(e) {
			return nil, &roles.NotMeasuredError{Message: msg.New("%s cannot be measured: fix403 does not know how to make this call.", e)}
		}
		if !slices.Contains(only, e) {
			only = append(only, e)
		}
	}
	return only, nil
}

// confirmResuming asks, on a terminal, whether an interrupted measurement goes on.
func (a *app) confirmResuming(ctx context.Context, o *rolesOptions, k live.Kept) (bool, error) {
	if !a.streams.inTTY || o.JSON {
		return true, nil
	}
	a.asides().Printf("%s %s ", a.T("A measurement of this server that began at %s was interrupted after %d rows. Resume it?", k.Began(), k.Rows), a.T("[Y/n]"))
	answer, err := a.readLine(ctx)
	return !slices.Contains([]string{"n", "no", a.T("n"), a.T("no")}, strings.ToLower(answer)), err
}

// liveProgress shows the progress: as a bar, or where that cannot be drawn as a line for each tenth of a whole table. The function that
// it returns clears the bar.
func (a *app) liveProgress(o *rolesOptions, lo *live.Options) (clearBar func()) {
	shown := -1
	switch {
	case a.streams.outTTY && !o.JSON && !o.Plain:
		lo.Progress = func(done, total int) {
			if percent := 100 * done / total; percent != shown {
				shown = percent
				_, _ = fmt.Fprint(a.streams.err, plain.Bar(done, total))
			}
		}
		return func() { _, _ = fmt.Fprint(a.streams.err, plain.Bar(-1, 1)) }
	case lo.Only == nil:
		shown = 0
		lo.Progress = func(done, total int) {
			if tenth := 10 * done / total; tenth > shown {
				shown = tenth
				a.asides().Println(a.T("Measured: %d %% of %d calls.", 10*tenth, total))
			}
		}
	}
	return func() {}
}

// measuredCalls prints what was measured of single calls, as roles does without --live.
func (a *app) measuredCalls(o *rolesOptions, r *live.Result, calls []roles.Call) error {
	if len(r.Unmeasured) > 0 {
		return &problem.CheckError{Kind: "incomplete", Message: msg.New("Not measured: %s.", msg.List("; ", r.Unmeasured...)), Hint: msg.New("Run it again, or give each call more time with --timeout.")}
	}
	m, err := roles.ShippedWith(r.Table)
	if err != nil {
		return err
	}
	cover, err := m.Cover(r.Version, calls)
	if err != nil {
		return notMeasured(err)
	}
	server := document.ServerOf(r.URL, r.Version, r.Practice)
	one := len(calls) == 1 && o.callsFile == ""
	if o.JSON {
		if one {
			d := report.Answer(cover.Calls[0])
			d.Server, d.Warnings = &server, a.warnings
			return a.writeJSON(d)
		}
		d := report.Cover(r.Version, cover)
		d.Server, d.Warnings = &server, a.warnings
		return a.writeJSON(d)
	}
	a.lines().MeasuredAt(server)
	if one {
		a.lines().Answer(cover.Calls[0])
	} else {
		a.lines().Cover(r.Version, cover)
	}
	return nil
}

// measuredTable compares the whole table with what is shipped, and writes it where that was asked for.
func (a *app) measuredTable(o *rolesOptions, r *live.Result, start time.Time) error {
	doc := report.Live(buildVersion().Version, r)
	doc.Warnings = a.warnings
	var errs []error
	if doc.Result == lab.Different {
		errs = append(errs, &problem.CheckError{Kind: "different", Message: msg.New("%d cells differ from what was measured on this version.", len(doc.Differences)),
			Hint: msg.New("Look at each: something on this server is not as in a fresh Keycloak, or in front of it.")})
	}
	if r.Failed > 0 {
		errs = append(errs, &problem.CheckError{Kind: "incomplete", Message: msg.New("%d rows were not measured: a call of each failed %d times.", r.Failed, live.Attempts),
			Hint: msg.New("Run it again: it measures what is missing.")})
	}
	if o.write != "" && r.Failed == 0 {
		path, err := live.Write(o.write, r, start)
		if doc.Written = path; err != nil {
			errs = append(errs, err)
		}
	}
	err := errors.Join(errs...)
	if len(errs) > 0 {
		doc.Error = report.ErrorOf(errs[0])
	}
	if o.JSON {
		if err = errors.Join(err, a.writeJSON(doc)); err != nil {
			return reported{err}
		}
		return nil
	}
	a.lines().Live(doc, time.Since(start))
	return err
}
