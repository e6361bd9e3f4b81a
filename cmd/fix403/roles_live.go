package main

import (
	"context"
	"errors"
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
)

// rolesLive measures a server: single calls, or the whole table.
func (a *app) rolesLive(ctx context.Context, f *pflag.FlagSet, o *rolesOptions, calls []roles.Call) error {
	only, err := live.Measurable(calls)
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
	var clearBar func()
	lo.Progress, clearBar = a.asides().Measuring(a.streams.outTTY && !o.JSON && !o.Plain, only == nil)
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

// confirmResuming asks, on a terminal, whether an interrupted measurement goes on.
func (a *app) confirmResuming(ctx context.Context, o *rolesOptions, k live.Kept) (bool, error) {
	if !a.streams.inTTY || o.JSON {
		return true, nil
	}
	a.asides().Printf("%s %s ", a.T("A measurement of this server that began at %s was interrupted after %d rows. Resume it?", k.Began(), k.Rows), a.T("[Y/n]"))
	answer, err := a.readLine(ctx)
	return !slices.Contains([]string{"n", "no", a.T("n"), a.T("no")}, strings.ToLower(answer)), err
}

// measuredCalls prints what was measured of single calls, as roles does without --live.
func (a *app) measuredCalls(o *rolesOptions, r *live.Result, calls []roles.Call) error {
	if len(r.Unmeasured) > 0 {
		return &problem.CheckError{Kind: "incomplete", Message: msg.New("Not measured: %s.", msg.List("; ", r.Unmeasured...)), Hint: msg.New("Run it again, or allow more time per call with --timeout.")}
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
			Hint: msg.New("Check each: something differs from a fresh Keycloak, on this server or in front of it.")})
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
