package plain

import (
	"fmt"
	"strings"

	"fix403/flows/console"
	"fix403/flows/doctor"
	"fix403/flows/doctor/exam"
	"fix403/flows/gate"
	"fix403/flows/texts"
	"fix403/keycloak/sift"
	"fix403/ui/words"
)

// screenful is how many lines of a terminal a diagnosis takes at most: the command and the prompt behind it are on the same screen.
const screenful = 23

// Forms are what `doctor --show` shows.
func Forms() []string {
	return []string{"curl", "kcadm", "terraform", "typescript", "go", "evidence", "all"}
}

// mostEvidence is how many pieces of evidence a screen shows: those that decided.
const mostEvidence = 2

// column is where the text of a part of a diagnosis stands.
const column = 11

// report is a diagnosis put together within a screen.
type report struct {
	Lines
	d *exam.Diagnosis
}

// diagnosis says what was found, and what to do, within a screen; or what was asked to be shown.
func (l Lines) diagnosis(doc *doctor.Doctor, o Diagnosing) {
	r := report{l, doc.Last()}
	head := r.head()
	switch o.Show {
	case "":
		r.screen(doc, o, head)
	case "all":
		l.Printf("%s\n", head)
		for _, s := range l.Diagnosis(r.d) {
			l.section(s)
		}
		l.Printf("\n%s\n", r.next(doc, o))
	default:
		l.Printf("%s\n", head)
		found := false
		for _, s := range l.shown(r.d, o.Show) {
			l.section(s)
			found = true
		}
		if !found {
			l.Printf("\n%s\n", l.T("This fix is not available as %s.", o.Show))
		}
	}
}

// shown are the sections of what --show names.
func (l Lines) shown(d *exam.Diagnosis, what string) []words.Section {
	if what == "evidence" {
		return l.Found(d)
	}
	return sift.Out(l.Fixes(d), func(s words.Section) bool { return !strings.EqualFold(s.Name, what) })
}

// section is a part at its full length. Code is not broken: it is copied.
func (l Lines) section(s words.Section) {
	l.Printf("\n%s\n", l.in(heading, s.Title))
	for _, line := range s.Lines {
		if s.Code {
			l.Printf("  %s\n", line)
			continue
		}
		l.Printf("  %s\n", l.beside("", indentation, ink(words.Line(line))))
	}
}

// head is the answer, the sentence, the row of gates and the verdict.
func (r report) head() ink {
	d := r.d
	status := r.Status(d.Status)
	switch {
	case d.Status == 0 && (d.Verdict.WouldWork() || d.Certainty == exam.Predicted):
		status = r.in(heading, r.T("not sent"))
	case d.Verdict.Hides && d.Status != 0:
		status = r.in(warn, "! "+r.Say(gate.StatusName(d.Status)))
	}
	verdict := r.link(console.Documentation(string(d.Gate)), r.in(heading, d.Verdict.String())) + ink(strings.TrimPrefix(words.Line(r.Verdict(d)), d.Verdict.String()))
	return ink(fmt.Sprintf("%s\n%s\n\n%s\n%s", r.answered(status, d.Call), r.wrap(r.Say(d.Summary)), r.gates(d.Refusal()), r.paragraph(0, verdict)))
}

// part is a labelled part of the screen.
func (r report) part(label string, text ink) ink {
	return r.beside(r.in(dim, label), column, text)
}

// screen prints what fits: what decides first, then as much of the rest as there is room for.
func (r report) screen(doc *doctor.Doctor, o Diagnosing, head ink) {
	next, more := r.next(doc, o), r.part(r.T("More"), ink("--show "+strings.Join(r.forms(), ", ")))
	caller, role := r.caller(doc), r.role()
	room := screenful - r.height(head) - 3 - r.height(next) - r.height(more)
	room -= r.height(caller) + r.height(role)
	take := func(part ink) bool {
		if part == "" || r.height(part) > room {
			return false
		}
		room -= r.height(part)
		return true
	}
	doubt, clicks := r.doubt(), r.clicks(doc)
	if !take(doubt) {
		doubt = ""
	}
	evidence, rank := r.evidence()
	chosen := map[int]bool{}
	see := func(ranks []int) {
		for _, i := range ranks {
			if len(chosen) < mostEvidence && take(r.part("", evidence[i])) {
				chosen[i] = true
			}
		}
	}
	see(rank[:min(1, len(rank))])
	if !take(clicks) {
		if clicks != "" {
			clicks = r.part(r.T("Console"), ink(r.T("the clicks: --show all")))
		}
		if !take(clicks) {
			clicks = ""
		}
	}
	see(rank[min(1, len(rank)):])
	parts := []ink{caller}
	label := r.T("Evidence")
	for i, e := range evidence {
		if chosen[i] {
			parts = append(parts, r.part(label, e))
			label = ""
		}
	}
	parts = sift.Out(append(parts, doubt, role, clicks), func(part ink) bool { return part == "" })
	r.Printf("%s\n\n", head)
	for _, part := range parts {
		r.Printf("%s\n", part)
	}
	if o.Fix || o.Undo {
		return
	}
	r.Printf("\n%s\n%s\n", next, more)
}

// caller says whose call it is, and leads to its page in the Admin Console.
func (r report) caller(doc *doctor.Doctor) ink {
	return r.part(r.T("Caller"), r.link(r.page(doc), ink(words.Line(r.Caller(r.d)))))
}

// page is that of the caller's roles in the Admin Console; "" where it is not known.
func (r report) page(doc *doctor.Doctor) string {
	adminRealm := ""
	if doc.Options.Admin != nil {
		adminRealm = doc.Options.Admin.Realm
	}
	switch view := doc.View; {
	case r.d.Caller.Kind == exam.ServiceAccount && view.Client != nil:
		return console.ClientPage(doc.URL(), adminRealm, r.d.Caller.Realm, view.Client.ID)
	case view.Account != nil:
		return console.UserPage(doc.URL(), adminRealm, r.d.Caller.Realm, view.Account.ID)
	}
	return ""
}

// evidence is what was observed, in its order, and the order in which it decides.
func (r report) evidence() (all []ink, rank []int) {
	seen, rank := r.Evidence(r.d)
	for _, e := range seen {
		all = append(all, ink(e.Text)+" "+r.in(dim, "("+e.Source+")"))
	}
	return all, rank
}

// doubt is what the verdict rests on and was not seen.
func (r report) doubt() ink {
	text := r.Doubt(r.d)
	if text == "" {
		return ""
	}
	return r.beside(r.in(warn, r.T("Not seen")), column, ink(text))
}

// role is the smallest role, or those of which one is enough, or why there is none.
func (r report) role() ink {
	text, none := r.RoleNeeded(r.d)
	if none {
		return r.part(r.T("Role"), ink(text))
	}
	return r.part(r.T("Role"), r.in(good, text))
}

// clicks are those in the Admin Console; the way to grant roles to a service account is one line.
func (r report) clicks(doc *doctor.Doctor) ink {
	steps, whole := r.Clicks(r.d, console.Of(doc.Version), doc.Options.Realm, doc.Options.ClientID, r.arrow())
	if whole {
		return r.part(r.T("Console"), r.link(r.page(doc), ink(steps[0])))
	}
	var all []string
	for i, step := range steps {
		all = append(all, string(r.part(map[bool]string{true: r.T("Console")}[i == 0], ink(step))))
	}
	return ink(strings.Join(all, "\n"))
}

func (l Lines) arrow() string {
	if l.Look.theme == nil {
		return ">"
	}
	return l.Look.theme.Glyphs.Arrow
}

// forms are what --show shows of this diagnosis.
func (r report) forms() []string {
	var all []string
	for _, s := range r.Fixes(r.d) {
		if s.Code {
			all = append(all, strings.ToLower(s.Name))
		}
	}
	return append(all, "evidence", "all")
}

// next is the command that comes next.
func (r report) next(doc *doctor.Doctor, o Diagnosing) ink {
	label, command := r.following(doc, o)
	if o.Again == nil {
		return ""
	}
	return r.in(heading, r.T(label)) + "  " + r.in(accent, doc.Options.Recorder.Mask(words.Line(command)))
}

func (r report) following(doc *doctor.Doctor, o Diagnosing) (texts.Text, string) {
	again := o.Again
	if again == nil {
		again = func(...string) string { return "" }
	}
	d := r.d
	switch {
	case d.After != nil && !d.After.TakenBack && d.After.Worked:
		return "Undo it", again("--undo")
	case d.Verdict.WouldWork():
		return "Send it", again("--send")
	case d.Verdict.Works() && d.Answer != nil:
		return "Which roles allow it", "fix403 roles " + d.Answer.Method + " " + d.Answer.Path
	case d.Verdict.Works():
		return "Check it again", again()
	case doc.CanFix() == nil || doc.NeedsAdmin():
		return "Apply it", again("--fix")
	}
	return "Then check again", again()
}

// afterwards says which command takes back what was changed.
func (l Lines) afterwards(doc *doctor.Doctor, o Diagnosing, undone bool) {
	r := report{l, doc.Last()}
	if r.d.After == nil || o.Again == nil {
		return
	}
	if undone {
		l.Printf("\n%s  %s\n", l.in(heading, l.T("Apply it again")), l.in(accent, doc.Options.Recorder.Mask(o.Again("--fix"))))
		return
	}
	l.Printf("\n%s\n", r.next(doc, o))
}
