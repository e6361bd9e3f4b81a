package wizard

import (
	"context"
	"errors"
	"slices"
	"strings"

	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/flows/versions"
)

// choose asks where the story is told, unless the options say it.
func (w *wizard) choose(ctx context.Context) error {
	o := w.o.Story
	if !o.Practice && o.URL == "" {
		o.URL = w.o.DefaultURL
	}
	unfinished, err := w.resume(ctx)
	if err != nil {
		return err
	}
	if unfinished != nil {
		return w.begin(w.o.Story.Resuming(*unfinished))
	}
	named := w.o.Story.URL != "" && !w.o.Story.Practice
	for asked := w.o.AtFirstStep; !asked; {
		w.print("")
		w.print("What do you want to do?")
		w.print("  1 Practice: a Keycloak inside this program%s", w.offered(!named))
		w.print("  2 My Keycloak: your own server, with an admin of its master realm%s", w.offered(named))
		w.print("  3 Lab: experiments that break each gate on purpose")
		w.print("  4 Diagnose: why a call of yours fails, and the smallest fix")
		w.print("  5 Watch: what a program of yours calls, and the roles for it")
		w.print("  6 Roles: which role opens which call; no server is needed")
		text, err := w.ask(ctx, w.T("A number from 1 to %d, help or quit> ", 6))
		if err != nil {
			return err
		}
		asked = true
		if text == "" {
			text = "1"
			if named {
				text = "2"
			}
		}
		switch strings.ToLower(text) {
		case "1":
			o.Practice = true
			if o.As, err = w.version(ctx, o.As); err != nil {
				return err
			}
		case "2":
			o.Practice = false
		case "lab", "3":
			if err := w.chooseLab(ctx, o); !errors.Is(err, errBack) {
				return err
			}
			w.story, asked = nil, false
		case "diagnose", "4":
			if err := w.diagnose(ctx, o); !errors.Is(err, errBack) {
				return err
			}
			asked = false
		case "watch", "5":
			if err := w.watch(ctx, o); !errors.Is(err, errBack) {
				return err
			}
			asked = false
		case "roles", "6":
			if err := w.lookUp(ctx); !errors.Is(err, errBack) {
				return err
			}
			asked = false
		case string(leave):
			return errQuit
		default:
			w.print("Type a number from 1 to 6, or lab, diagnose, watch or roles; enter takes what is offered, and quit ends. In each of them, back leads here.")
			asked = false
		}
	}
	return w.begin(o)
}

func (w *wizard) offered(is bool) string {
	if is {
		return w.T(" (enter)")
	}
	return ""
}

func (w *wizard) begin(o story.Options) error {
	if o.Params.Realm == "" {
		o.Params = params.DefaultParams()
	}
	o.Credentials.AskOTP, o.InParts = w.oneTimeCode, true
	story, err := story.New(o)
	w.story = story
	return err
}

func (w *wizard) version(ctx context.Context, as string) (string, error) {
	all := versions.All()
	if as == "" {
		as = all[0]
	}
	names := make([]string, 0, len(all))
	for _, v := range all {
		names = append(names, w.Say(versions.Name(v)))
	}
	for {
		text, err := w.ask(ctx, w.T("Version to respond like, %s (enter keeps %s)> ", strings.Join(names, ", "), as))
		switch {
		case err != nil:
			return "", err
		case text == "":
			return as, nil
		case text == string(leave):
			return "", errQuit
		case slices.Contains(all, text):
			return text, nil
		}
		w.print("The version %q does not exist.", text)
	}
}
