package plain

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"fix403/flows/watch"
	"fix403/keycloak/version"
	"fix403/ui/words"
)

// Watching says where the proxy is, and what it passes on to.
func (l Lines) Watching(address, server string) {
	l.Printf("%s\n", l.wrap(l.T("Listening at %s, and passing everything on to %s. ctrl+c ends it.", address, server)))
}

// Watched is a call that was seen.
func (l Lines) Watched(s watch.Seen) {
	l.Printf("%s\n", l.watched(s))
	if !s.Reason.Empty() {
		l.Printf("%s\n", l.beside("", 10, ink(words.Line(l.Say(s.Reason)))))
	}
}

func (l Lines) watched(s watch.Seen) ink {
	const clock, status = 10, 20
	line := l.Status(s.Status)
	line += ink(strings.Repeat(" ", max(1, status-ansi.StringWidth(string(line)))) + words.Pad(words.Line(s.Method), 6) + " " + words.Line(s.Route))
	if who := words.Caller(s); who != "" {
		line += l.in(dim, "  ("+who+")")
	}
	if stopped := l.Stopped(s.Stopped.Gate, s.Hidden); stopped != "" {
		line += "  " + l.in(warn, stopped)
	}
	return l.beside(ink(s.Time.Format("15:04:05")), clock, line)
}

// NotShown says that calls were too many to be shown; they are counted.
func (l Lines) NotShown(calls int) {
	l.Printf("%s\n", l.T("%d calls are counted and not shown.", calls))
}

// WatchSum is what each client did, and the smallest roles for it; form is that of the fix, "" for none.
func (l Lines) WatchSum(s watch.Sum, form, adminRealm, admin string) {
	if len(s.Clients) == 0 {
		l.Printf("%s\n", l.wrap(l.T("No call of the admin API was seen, of %d requests.", s.Requests)))
	}
	for _, c := range s.Clients {
		l.watchedClient(c)
		if form != "" && len(c.Smallest) > 0 {
			l.form(c.Forms(s.URL, adminRealm, admin), form)
		}
	}
	if s.Uncounted > 0 {
		l.Printf("\n%s\n", l.attention(l.T("%d calls of further clients and routes are not among these.", s.Uncounted)))
	}
	if s.Version == "" && s.URL != "" && len(s.Clients) > 0 {
		l.Printf("\n%s\n", l.attention(l.T("The server's version is not known, so the roles are likely: with an admin's login (--admin-user, FIX403_ADMIN_PASSWORD) it is read at the start.")))
	}
}

func (l Lines) watchedClient(c watch.Client) {
	l.Printf("\n%s\n", l.in(heading, l.WatchedClient(c)))
	width := 0
	for _, r := range c.Routes {
		width = max(width, len(r.Path))
	}
	for _, r := range c.Routes {
		line := ink(words.Pad(words.Line(r.Path), width)) + "  " + l.in(dim, words.Statuses(r.Statuses))
		if stopped := l.Stopped(r.Stopped, r.Hidden); stopped != "" {
			line += "  " + l.in(warn, stopped)
		}
		l.Printf("%s\n", l.beside("  "+ink(words.Line(r.Method)), 9, line))
		if !r.Reason.Empty() {
			l.Printf("%s\n", l.beside("", 9, ink(words.Line(l.Say(r.Reason)))))
		}
	}
	if c.Account.ClientID == "" && c.Account.Name == "" {
		return // without a name, nothing can be granted
	}
	l.Printf("\n%s\n", l.hanging(l.T("takes"), l.in(goodBold, l.noneOr(c.Smallest))))
	for _, equal := range c.Equal {
		l.Printf("%s\n", l.hanging(l.T("or"), l.in(goodBold, l.noneOr(equal))))
	}
	switch {
	case !c.Seen:
		l.Printf("%s\n", l.hanging(l.T("holds"), ink(words.Line(l.T("not seen here")))))
	case len(c.Surplus) > 0:
		l.Printf("%s\n", l.hanging(l.T("too much"), l.in(warn, strings.Join(c.Surplus, ", "))))
	default:
		l.Printf("%s\n", l.hanging(l.T("too much"), ink(words.Line(l.T("none")))))
	}
	if c.How != version.Measured {
		l.Printf("%s\n", l.hanging(l.T("certainty"), ink(words.Line(l.T(certainties["likely"])))))
	}
	l.open(c.Notes)
}

// WatchForms are the forms in which the roles can be granted by hand.
func WatchForms() []string { return []string{"curl", "kcadm", "terraform"} }

func (l Lines) form(f watch.Forms, name string) {
	lines := map[string][]string{"curl": f.Curl, "kcadm": f.Kcadm, "terraform": f.Terraform}[name]
	if len(lines) == 0 {
		l.Printf("\n%s\n", l.attention(l.T("There are no lines for this account: they grant roles to the service account of a client, in its own realm.")))
		return
	}
	l.Printf("\n%s", indent(strings.Join(lines, "\n")))
}
