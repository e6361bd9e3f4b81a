package access

import (
	"fix403/flows/document"
	"fix403/keycloak/msg"
)

// Document returns what an account may call, for programs to read.
func Document(p *Place, s Subject, decisions []Decision) document.Can {
	d := document.Can{Account: s.Account.document(), Version: p.Version, Roles: append([]string{}, s.Held...), Calls: []document.AccessCall{}, NotChecked: notChecked(p, s)}
	for _, one := range decisions {
		d.Calls = append(d.Calls, one.document())
	}
	return d
}

// CallDocument is that for one call.
func CallDocument(p *Place, s Subject, d Decision) document.CanCall {
	return document.CanCall{AccessCall: d.document(), Account: s.Account.document(), Roles: append([]string{}, s.Held...), NotChecked: notChecked(p, s)}
}

// WhoDocument returns which accounts may make a call; further is what holds for others.
func WhoDocument(q *Question, found []Entry, further []msg.Message) document.Who {
	d := document.Who{Method: q.Answer.Method, Path: q.Answer.Path, Accounts: []document.Granted{}, NotChecked: english(append(append([]msg.Message{}, q.Place.Notes...), further...))}
	for _, e := range found {
		d.Accounts = append(d.Accounts, document.Granted{Caller: e.document(), Answer: string(e.Answer), Certainty: string(e.Certainty), By: append([]string{}, english(e.By)...)})
	}
	return d
}

func (a Account) document() document.Caller {
	return document.Caller{Kind: string(a.Kind), Name: a.Name, ClientID: a.ClientID, Realm: a.Realm}
}

func (d Decision) document() document.AccessCall {
	return document.AccessCall{Method: d.Method, Path: d.Endpoint.Path, Answer: string(d.Answer), Certainty: string(d.Certainty), Missing: d.Missing, Why: english(d.Why)}
}

func notChecked(p *Place, s Subject) []string {
	open := append(append([]msg.Message{}, p.Notes...), s.Notes...)
	if !s.Doubt.Empty() {
		open = append(open, s.Doubt)
	}
	return english(open)
}

func english(list []msg.Message) []string {
	var out []string
	for _, m := range list {
		out = append(out, m.String())
	}
	return out
}
