package rights

import (
	"strings"

	"fix403/flows/change"
	"fix403/flows/doctor/exam"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// wrongHolder returns the account, of those that hold a role, to which it was granted by mistake: the user whom the call is about, or the
// service account of the client through which a person calls. That anybody else holds the role is no mistake.
func wrongHolder(x *exam.Examination, holders []keycloak.User) msg.Message {
	for _, u := range holders {
		switch {
		case u.ID == "" || u.ID == x.View.Account.ID:
		case strings.Contains(x.Path+"/", "/users/"+u.ID+"/"), strings.Contains(x.Path, "/users/"+u.ID+"?"):
			return msg.New("%s, the user that the call is about", u.Username)
		case x.Token != nil && x.Who().Kind == exam.User && strings.EqualFold(u.Username, change.ServiceAccountName(x.Token.AuthorizedParty)):
			return msg.New("%s, the service account of the client through which the call is made", u.Username)
		}
	}
	return msg.Message{}
}
