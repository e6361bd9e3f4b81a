package audit

import (
	"fmt"
	"slices"
	"strings"

	"fix403/flows/access"
	"fix403/flows/doctor/reason"
	"fix403/flows/report"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
)

var certainties = map[reason.Certainty]texts.Text{reason.Proved: "seen on this server, and measured on this version", reason.Likely: "likely: not all of it was measured or seen"}

// Certain says how well a finding is known.
func (f Finding) Certain() texts.Text { return certainties[f.Certainty] }

// Subject is whom a finding is about, as in "the client reports".
func (f Finding) Subject() msg.Message { return name(f.Account) }

// Outcome says how much was found.
func (a *Audit) Outcome() msg.Message {
	count := map[Severity]int{}
	for _, f := range a.Findings {
		count[f.Severity]++
	}
	return msg.New("Accounts of the realm %s that hold roles of the admin API: %d (Keycloak %s). Findings: %d high, %d medium, %d low, %d info.",
		a.Place.Home, len(a.Accounts), a.Place.Version, count[High], count[Medium], count[Low], count[Info])
}

// picture is the matrix of accounts and roles as SVG.
func (a *Audit) picture(t *texts.Printer) string {
	const size, left, top = 24, 230, 150
	var columns []string
	for _, h := range a.Accounts {
		for _, role := range slices.Concat(h.Held, h.Outside, within(h.RealmRoles, admin)) {
			if !slices.Contains(columns, role) {
				columns = append(columns, role)
			}
		}
	}
	slices.SortFunc(columns, func(a, b string) int {
		if powerful(a) != powerful(b) {
			if powerful(a) {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	var p report.Page
	width, height := left+size*len(columns)+100, top+size*len(a.Accounts)+8
	p.Add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %v %v" width="%v" role="img" aria-label="%v">`, width, height, width, t.T("accounts and their roles"))
	for i, role := range columns {
		x := left + size*i
		p.Add(`<path class="grid" d="M%v %vV%v"/><text transform="translate(%v %v) rotate(-45)">%v</text>`, x, top, height-8, x+size*2/3, top-8, role)
	}
	for i, h := range a.Accounts {
		y := top + size*i
		label := h.Account.Name
		if h.Account.Kind == access.ServiceAccount {
			label = h.Account.ClientID
		}
		p.Add(`<path class="grid" d="M0 %vH%v"/><text x="%v" y="%v" text-anchor="end">%v</text>`, y, left+size*len(columns), left-10, y+size*2/3, cut(label))
		for j, role := range columns {
			if class := a.cell(h, role); class != "" {
				p.Add(`<rect class="%v" x="%v" y="%v" width="16" height="16" rx="3"><title>%v</title></rect>`, class, left+size*j+4, y+4, label+": "+role+a.through(t, h, role))
			}
		}
	}
	p.Add("</svg>")
	return p.String()
}

// cell is how a role of an account is drawn; empty where it does not hold it.
func (a *Audit) cell(h *access.Holder, role string) string {
	class := "plain"
	if powerful(role) {
		class = "mighty"
	}
	switch {
	case slices.Contains(h.Outside, role):
		return class + " kept"
	case !slices.Contains(h.Held, role) && !slices.Contains(h.RealmRoles, role):
		return ""
	}
	for _, o := range h.Origins {
		if own := a.grants.Role(o.Role); o.Group == "" && own.Name == role && (own.Client == a.grants.Container || own.Client == "" && role == admin) {
			return class
		}
	}
	return class + " via"
}

func (a *Audit) through(t *texts.Printer, h *access.Holder, role string) string {
	for _, o := range h.Origins {
		if slices.Contains(a.grants.Through(o.Role), role) && (o.Group != "" || a.grants.Role(o.Role).Name != role) {
			return fmt.Sprintf(" (%s)", t.Say(a.grants.Way(o)))
		}
	}
	return ""
}

func within(list []string, one string) []string {
	if slices.Contains(list, one) {
		return []string{one}
	}
	return nil
}

// cut shortens a name that has no room; the whole is in the titles of its cells.
func cut(name string) string {
	const most = 32
	if r := []rune(name); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return name
}
