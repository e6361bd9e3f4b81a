package wizard

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/ui/words"
)

// roleSearch is the table of roles as long as one looks things up in it.
type roleSearch struct {
	*wizard
	table  *words.RoleTable
	found  []*roles.Answer // listed last
	listed int             // how many of them were printed
	role   string          // that they were found for
	call   *roles.Answer   // said last
	marked []roles.Call
}

const rolesWords texts.Text = "Type a call or its URL, words to search for (path, method, group or role), or the name of a role to see what it opens. " +
	"A number shows everything about that call. Commands: more (of the list), mark (the last call; shows the smallest roles for all marked calls), " +
	"unmark, roles (their names), version N, back, quit."

// lookUp answers what is typed until the user goes back, which is errBack, or quits. No server is asked.
func (w *wizard) lookUp(ctx context.Context) error {
	version := roles.Shipped().Table(w.o.Story.As).Version
	s := &roleSearch{wizard: w, table: w.RoleTable(version)}
	w.print("")
	w.print("Roles: which role opens which call of the admin API. The table was measured on %s; this is how %s answers. No server is asked.", strings.Join(roles.Versions(), ", "), version)
	w.print(rolesWords)
	for {
		text, err := w.ask(ctx, w.T("Roles> "))
		if err == nil {
			err = s.execute(text)
		}
		if err != nil {
			return err
		}
	}
}

func (s *roleSearch) execute(text string) error {
	word, rest, _ := strings.Cut(strings.ToLower(text), " ")
	n, err := strconv.Atoi(text)
	switch {
	case text == "" || (word == string(help) || word == string(hint)) && rest == "":
		s.print(rolesWords)
	case strings.EqualFold(text, string(back)):
		return errBack
	case strings.EqualFold(text, string(leave)):
		return errQuit
	case err == nil:
		if n < 1 || n > s.listed {
			s.print("No call with that number was listed.")
			return nil
		}
		s.say(s.found[n-1])
	case word == "more" && rest == "":
		s.more()
	case word == "mark" && rest == "":
		s.mark()
	case word == "unmark" && rest == "":
		s.marked = nil
		s.print("No calls are marked now.")
	case word == "roles" && rest == "":
		s.print("realm-management of %s has the roles %s.", s.table.Version, strings.Join(s.table.Roles, ", "))
	case word == "version":
		s.version(rest)
	case slices.Contains(s.table.Roles, strings.ToLower(text)):
		s.opens(strings.ToLower(text))
	default:
		s.search(text)
	}
	return nil
}

func (s *roleSearch) search(text string) {
	found, why := s.table.Search(text)
	if why != "" {
		s.put(why)
	}
	whole := len(found) > 0 && words.IsCall(text)
	switch {
	case len(found) == 0 && why == "":
		s.print("No call matches all these words.")
	case len(found) == 1 || whole && why == "":
		s.say(found[0])
		if len(found) > 1 {
			s.print("")
			s.list(found[1:], "", s.T("Other calls that were found:"))
		}
	case len(found) > 0:
		s.list(found, "", s.T("%d calls were found:", len(found)))
	}
}

func (s *roleSearch) opens(role string) {
	found := words.OfRole(s.table.Calls, role)
	s.list(found, role, s.RoleOpens(role, len(found), s.table.Version))
}

func (s *roleSearch) list(found []*roles.Answer, role, title string) {
	s.found, s.listed, s.role = found, 0, role
	s.put(title)
	s.more()
}

// more lists so many calls, with numbers to ask for them.
func (s *roleSearch) more() {
	const most = 40
	if s.listed == len(s.found) {
		s.print("That is all.")
		return
	}
	for i, a := range s.found[s.listed:min(len(s.found), s.listed+most)] {
		line := fmt.Sprintf("  %d %s %s", s.listed+i+1, a.Method, a.Path)
		if s.role == "" {
			line += ": " + s.SmallestRoles(a)
		} else if _, less := words.Opened(a, s.role); less {
			line += s.T(" (shows less)")
		}
		s.line(line) // not broken: it is there to be copied
	}
	if s.listed = min(len(s.found), s.listed+most); s.listed < len(s.found) {
		s.print("%d more: type more, or other words.", len(s.found)-s.listed)
	}
}

// say says all that is known of a call.
func (s *roleSearch) say(a *roles.Answer) {
	s.call = a
	s.print("")
	s.line(a.Method + " " + a.Path)
	const sets = 12
	for _, l := range s.AnswerLines(a, sets, "") {
		if l.Name == "" {
			s.put("  " + l.Text)
			continue
		}
		s.put("  " + l.Name + ": " + l.Text)
	}
	for _, trap := range a.Traps {
		s.print("  Beware: %s", trap)
	}
}

func (s *roleSearch) mark() {
	if s.call == nil {
		s.print("No call yet: type one, or a number of a list.")
		return
	}
	if c := words.CallOf(s.call); !slices.Contains(s.marked, c) {
		s.marked = append(s.marked, c)
	}
	s.cover()
}

// cover says the smallest roles for the marked calls.
func (s *roleSearch) cover() {
	cover, err := roles.Shipped().Cover(s.table.Version, s.marked)
	if err != nil {
		message, hint := s.RolesFailure(err)
		s.put(strings.TrimSpace(message + " " + hint))
		return
	}
	s.put(s.CoverTakes(cover) + " " + s.CoverOpens(cover, s.table.Version))
	for _, b := range cover.Blocked {
		s.put(s.NotAllowed(b))
	}
	for _, one := range roles.Shipped().Completing(s.table.Version, &cover) {
		s.put(s.Say(one.Sentence()))
	}
}

func (s *roleSearch) version(text string) {
	if text == "" {
		s.print("This is how %s responds. Measured versions: %s. Type version and one of them.", s.table.Version, strings.Join(roles.Versions(), ", "))
		return
	}
	if !roles.Shipped().Measured(text) {
		s.print("%s was not measured. Measured versions: %s.", text, strings.Join(roles.Versions(), ", "))
		return
	}
	s.table, s.found, s.listed, s.call = s.RoleTable(text), nil, 0, nil
	s.print("From now on, this is how %s responds.", text)
	if len(s.marked) > 0 {
		s.cover()
	}
}
