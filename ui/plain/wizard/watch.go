package wizard

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/flows/watch"
	"fix403/keycloak/version"
	"fix403/ui/words"
)

const watchWords texts.Text = "Enter shows the calls since the last time. Commands: roles (for each client the smallest roles for what it called), stop, quit."

// watch listens in front of a server, and says what is called there when asked for it, until the user stops, which is errBack, or quits.
func (w *wizard) watch(ctx context.Context, o story.Options) error {
	w.print("")
	w.print("Watch: a proxy on this machine passes everything on to your Keycloak unchanged, and names each call of the admin API.")
	s, err := w.watched(ctx, o)
	if err != nil {
		return err
	}
	defer s.Stop()
	w.print("Listening at %s, in front of %s. Point the base URL of your program there, and let it run.", s.Address, s.Server)
	w.print(watchWords)
	for told := 0; ; {
		text, err := w.ask(ctx, w.T("Watch> "))
		if err != nil {
			return err
		}
		switch strings.ToLower(text) {
		case "":
			told = w.calls(s, told)
		case "roles":
			w.watchSum(s.Sum())
		case "stop", string(back):
			w.print("Stopped. Nothing listens any more.")
			return errBack
		case string(leave):
			return errQuit
		default:
			w.print(watchWords)
		}
	}
}

// watched asks for the server until there is one to listen in front of.
func (w *wizard) watched(ctx context.Context, o story.Options) (*watch.Session, error) {
	address := o.URL
	for {
		prompt := w.T("Server URL> ")
		if address != "" {
			prompt = w.T("Server URL (enter keeps %s)> ", address)
		}
		text, err := w.ask(ctx, prompt)
		switch {
		case err != nil:
			return nil, err
		case strings.EqualFold(text, string(back)):
			return nil, errBack
		case strings.EqualFold(text, string(leave)):
			return nil, errQuit
		case strings.EqualFold(text, string(help)), strings.EqualFold(text, string(hint)), text == "" && address == "":
			w.print(words.AskURL.Help)
			continue
		}
		s, err := watch.Begin(ctx, ctx, watch.Place{URL: cmp.Or(text, address), TLS: o.TLS, Timeout: o.Timeout}, nil)
		if err == nil {
			return s, nil
		}
		message, hint := w.Failure(err)
		w.put(strings.TrimSpace(message + " " + hint))
	}
}

// calls says the calls that were not told yet, and returns how many are told then.
func (w *wizard) calls(s *watch.Session, told int) int {
	newest, all := s.Seen()
	if all == told {
		w.print("No further calls: %d so far.", all)
		return all
	}
	if missed := all - told - len(newest); missed > 0 {
		w.print("%d calls are counted and not shown.", missed)
	}
	for _, c := range newest[max(0, len(newest)-(all-told)):] {
		line := c.Time.Format("15:04:05") + " " + strconv.Itoa(c.Status) + " " + c.Method + " " + c.Route
		if who := words.Caller(c); who != "" {
			line += ", " + who
		}
		if stopped := w.Stopped(c.Stopped.Gate, c.Hidden); stopped != "" {
			line += ", " + stopped
		}
		w.put(line)
		if !c.Reason.Empty() {
			w.put("  " + w.Say(c.Reason))
		}
	}
	return all
}

// watchSum says for each client what it did, and the smallest roles for that.
func (w *wizard) watchSum(s watch.Sum) {
	if len(s.Clients) == 0 {
		w.print("No call of the admin API was seen, of %d requests.", s.Requests)
	}
	for _, c := range s.Clients {
		w.put(w.WatchedClient(c))
		row := func(name texts.Text, list []string) {
			w.put("  " + w.T(name) + ": " + cmp.Or(strings.Join(list, ", "), w.T("none")))
		}
		if c.Account.ClientID != "" || c.Account.Name != "" { // without a name, nothing can be granted
			row("takes", c.Smallest)
			for _, equal := range c.Equal {
				row("or", equal)
			}
			if c.Seen {
				row("too much", c.Surplus)
			} else {
				row("holds", []string{w.T("not seen here")})
			}
			if c.How != version.Measured {
				row("certainty", []string{w.T("likely")})
			}
		}
		for _, n := range c.Notes {
			w.put("  " + w.Say(n))
		}
		for _, r := range c.Routes {
			line := "  " + r.Method + " " + r.Path + ", " + words.Statuses(r.Statuses)
			if stopped := w.Stopped(r.Stopped, r.Hidden); stopped != "" {
				line += ", " + stopped
			}
			w.put(line)
			if !r.Reason.Empty() {
				w.put("    " + w.Say(r.Reason))
			}
		}
	}
	if s.Uncounted > 0 {
		w.print("%d calls of further clients and routes are not among these.", s.Uncounted)
	}
	if s.Version == "" && len(s.Clients) > 0 {
		w.print("The server's version is not known here, so the roles are likely. The command watch reads it with an admin's login.")
	}
}
