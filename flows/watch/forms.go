package watch

import (
	"slices"
	"strings"

	"fix403/flows/access"
	"fix403/flows/change"
)

// Forms are the lines that grant the smallest roles to a service account, by hand. They are nil for another account: who gives roles to a
// person decides where, such as by a group.
type Forms struct{ Curl, Kcadm, Terraform []string }

// Forms returns them for a server and its admin.
func (c Client) Forms(url, adminRealm, admin string) Forms {
	if c.Account.Kind != access.ServiceAccount || c.Account.Realm != c.Realm || len(c.Smallest) == 0 {
		return Forms{}
	}
	return Forms{
		Curl:      lines(change.LoginCurl(url, adminRealm, admin), change.GrantCurl(c.Realm, c.Account.ClientID, c.Smallest...)),
		Kcadm:     lines(change.LoginKcadm(url, adminRealm, admin), change.GrantKcadm(c.Realm, c.Account.ClientID, c.Smallest...)),
		Terraform: lines(change.GrantTerraform(c.Realm, c.Account.ClientID, c.Smallest...)),
	}
}

func lines(all ...[]string) []string {
	return strings.Split(strings.Join(slices.Concat(all...), "\n"), "\n")
}
