package watch

import (
	"net/http"
	"strings"

	"fix403/flows/access"
	"fix403/flows/traffic"
)

// Recorded returns the call as a recording has it.
func (c Call) Recorded() traffic.Call {
	who := c.Account.ClientID
	if c.Account.Kind == access.User {
		who = c.Account.Name
	}
	return traffic.Call{Time: c.Time, Client: who, Realm: c.Account.Realm, Method: c.Method, Path: c.Path, Status: c.Status}
}

// Take takes a call of a recording as one that was seen. What its account holds, the recording does not have.
func (w *Watcher) Take(c traffic.Call) {
	path, query, _ := strings.Cut(c.Path, "?")
	x := &exchange{at: c.Time, method: c.Method, path: path, query: query, status: c.Status}
	if x.status == 0 { // it is not known
		x.status = http.StatusOK
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests++
	w.callBy(&caller{account: access.Account{ClientID: c.Client, Realm: c.Realm}}, path, x)
}
