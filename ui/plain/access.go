package plain

import (
	"slices"
	"strings"

	"fix403/flows/access"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/ui/words"
)

// accessAnswers are the answers as they are said.
var accessAnswers = map[access.Answer]texts.Text{
	access.Whole: "Yes: %s gets the whole response.", access.Filtered: "In part: for %s the call succeeds, and its response hides something.",
	access.Refused: "No: %s is refused.", access.Unknown: "Undetermined: what decides for %s cannot be known here.",
}

// CanCall is whether an account may make a call.
func (l Lines) CanCall(p *access.Place, s access.Subject, d access.Decision) {
	style := bad
	switch d.Answer {
	case access.Whole:
		style = goodBold
	case access.Filtered, access.Unknown:
		style = warn
	case access.Refused:
	}
	l.Printf("%s\n", l.hanging(l.T("answer"), l.in(style, l.T(accessAnswers[d.Answer], s.Account.Name))))
	l.Printf("%s\n", l.hanging(l.T("call"), ink(words.Line(d.Method+" "+d.Endpoint.Path))))
	l.holds(s)
	if len(d.Missing) > 0 {
		l.Printf("%s\n", l.hanging(l.T("missing"), ink(words.Line(strings.Join(d.Missing, ", ")))))
	}
	l.Printf("%s\n", l.hanging(l.T("certainty"), ink(words.Line(l.T(certainties[string(d.Certainty)])))))
	l.open(slices.Concat(d.Why, p.Notes, s.Notes, doubt(s)))
}

// certainties are how well an answer is known.
var certainties = map[string]texts.Text{"proved": "measured on this version, with the roles seen on this server", "predicted": "measured on this version; the body and the object may decide as well", "likely": "likely: not all of it was measured or seen"}

func doubt(s access.Subject) []msg.Message {
	if s.Doubt.Empty() {
		return nil
	}
	return []msg.Message{s.Doubt}
}

func (l Lines) holds(s access.Subject) {
	l.Printf("%s\n", l.hanging(l.T("holds"), ink(words.Line(l.noneOr(s.Held)))))
	if len(s.Outside) > 0 {
		l.Printf("%s\n", l.hanging(l.T("kept out"), ink(words.Line(l.T("%s (by the scope of the client)", strings.Join(s.Outside, ", "))))))
	}
}

func (l Lines) open(notes []msg.Message) {
	for i, note := range notes {
		if i == 0 {
			l.Printf("\n")
		}
		l.Printf("%s\n", l.attention(l.Say(note)))
	}
}

// Can is what an account may call, and what it may not for want of which role.
func (l Lines) Can(p *access.Place, s access.Subject, decisions []access.Decision) {
	l.Printf("%s\n", l.hanging(l.T("account"), ink(words.Line(l.Account(s.Account)))))
	l.holds(s)
	count := map[access.Answer]int{}
	group := ""
	var unknown []access.Decision
	lacking := map[string][]access.Decision{}
	for _, d := range decisions {
		switch count[d.Answer]++; d.Answer {
		case access.Whole, access.Filtered:
			group = l.group(group, d.Endpoint)
			l.Printf("  %-6s %s%s\n", d.Method, d.Endpoint.Path, l.less(d))
		case access.Unknown:
			unknown = append(unknown, d)
		case access.Refused:
			roles := strings.Join(d.Missing, " + ")
			lacking[roles] = append(lacking[roles], d)
		}
	}
	if len(unknown) > 0 {
		l.Printf("\n%s\n", l.in(heading, l.T("Undetermined")))
	}
	for _, d := range unknown {
		l.Printf("  %-6s %s\n", d.Method, d.Endpoint.Path)
	}
	names := make([]string, 0, len(lacking))
	for roles := range lacking {
		names = append(names, roles)
	}
	slices.Sort(names)
	for _, roles := range names {
		l.Printf("\n%s\n", l.in(heading, l.want(roles)))
		for _, d := range lacking[roles] {
			l.Printf("  %-6s %s\n", d.Method, d.Endpoint.Path)
		}
	}
	l.Printf("\n%s\n", l.wrap(l.T("Of %d calls of Keycloak %s: %d with the whole response, %d with less, %d undetermined, %d refused.", len(decisions), p.Version, count[access.Whole], count[access.Filtered], count[access.Unknown], count[access.Refused])))
	l.open(slices.Concat(p.Notes, s.Notes, doubt(s), barred(s)))
}

func barred(s access.Subject) []msg.Message {
	if s.Barred.Empty() {
		return nil
	}
	return []msg.Message{s.Barred}
}

func (l Lines) want(roles string) string {
	if roles == "" {
		return l.T("Refused, and no role of the realm would change that")
	}
	return l.T("Refused for want of %s", roles)
}

func (l Lines) less(d access.Decision) string {
	if d.Answer != access.Filtered {
		return ""
	}
	if len(d.Missing) == 0 {
		return "  " + l.T("(shows less)")
	}
	return "  " + l.T("(shows less; all of it takes %s)", strings.Join(d.Missing, ", "))
}

// Who is which accounts may make a call, and by which grants.
func (l Lines) Who(q *access.Question, found []access.Entry, further []msg.Message) {
	l.Printf("%s\n", l.hanging(l.T("call"), ink(words.Line(q.Answer.Method+" "+q.Answer.Path))))
	l.Printf("%s\n\n", l.hanging(l.T("takes"), l.in(goodBold, l.noneOr(q.Smallest()))))
	kind, width := 0, 0
	for _, e := range found {
		kind, width = max(kind, len([]rune(l.T(accountKinds[e.Kind])))), max(width, len([]rune(accountName(e))))
	}
	for _, e := range found {
		name := l.T(accountKinds[e.Kind])
		for i, by := range e.By {
			text := l.Say(by)
			if i == 0 {
				text += l.lesser(e)
				l.Printf("%-*s  %-*s  %s\n", kind, name, width, accountName(e), text)
				continue
			}
			l.Printf("%-*s  %-*s  %s\n", kind, "", width, "", text)
		}
	}
	if len(found) == 0 {
		l.Println(l.T("No account of the realm %s holds what it takes.", q.Place.Home))
	}
	l.open(slices.Concat(further, q.Place.Notes))
}

var accountKinds = map[access.Kind]texts.Text{access.ServiceAccount: "client", access.User: "user", access.Group: "group"}

func accountName(e access.Entry) string {
	if e.Kind == access.ServiceAccount {
		return e.ClientID
	}
	return e.Name
}

func (l Lines) lesser(e access.Entry) string {
	switch e.Answer {
	case access.Filtered:
		return "  " + l.T("(shows less)")
	case access.Unknown:
		return "  " + l.T("(undetermined)")
	default:
		return ""
	}
}
