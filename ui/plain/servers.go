package plain

import (
	"strings"
	"time"

	"fix403/flows/document"
	"fix403/flows/gate"
	"fix403/flows/sh"
	"fix403/flows/versions"
	"fix403/ui/words"
)

const upText = `Keycloak %s is ready at
  %s
  admin user      %s
  admin password  %s

Tell the story on it, with the password in FIX403_ADMIN_PASSWORD:
  fix403 run --url %[2]s

`

// Up says where the server that `up` started is, and how it ends.
func (l Lines) Up(u document.Up, detached bool) {
	l.Printf(upText, u.Version, u.URL, u.AdminUser, u.AdminPassword)
	if detached {
		l.Printf("It goes on until\n  %s\nends it, and everything in it is gone then. The password is kept nowhere.\n", u.Stop)
	} else {
		l.Printf("ctrl+c ends it, and everything in it is gone.\n")
	}
}

// UpEnded says that a server has ended, and what stays of it.
func (l Lines) UpEnded(kept string, remove []string) {
	l.Printf("It has ended, and its data are gone.\n")
	if n := len(remove); n > 0 {
		if strings.ContainsAny(remove[n-1], " '\"$&;()") {
			remove[n-1] = sh.Quote(remove[n-1])
		}
		l.Printf("The download stays for the next time: %s. To remove it: %s\n", kept, strings.Join(remove, " "))
	}
}

// UpStopped says which server was ended.
func (l Lines) UpStopped(s document.UpStopped) {
	l.Printf("Stopped Keycloak %s at %s; its data is gone.\n", s.Version, s.URL)
}

// NothingToStop says that `up --stop` found no server.
func (l Lines) NothingToStop() {
	l.Printf("There is nothing to stop: no Keycloak that fix403 up started is running here.\n")
}

// Practice is what the user has to know of the practice server: how it is reached on this machine and from others, the logins,
// and what to try.
type Practice struct {
	Version                  string
	Here                     string
	Elsewhere                []string
	AdminUser, AdminPassword string
	Learners                 []Learner
}

// Learner is a realm of the practice server with an admin of its own.
type Learner struct{ Realm, User, Password string }

const practiceText = `The practice Keycloak answers as %s at
  %s
`

const adminText = `  admin user      %s
  admin password  %s

`

const tryText = `Try it, with the password in ADMIN_PASSWORD; the pipes keep secrets off command lines, which every user can read:
  TOKEN=$(printf %%s "$ADMIN_PASSWORD" | curl -fsS %s/realms/master/protocol/openid-connect/token \
    -d grant_type=password -d client_id=admin-cli -d username=%s --data-urlencode password@- |
    grep -o '"access_token":"[^"]*"' | cut -d'"' -f4)
  printf 'Authorization: Bearer %%s\n' "$TOKEN" | curl -i %s/admin/realms/master/users -H @-
`

const learnersText = `
Each tells the story in a realm of their own; fix403 asks for the password, or takes it from FIX403_ADMIN_PASSWORD:
  fix403 run --existing --url %s --realm %[2]s --admin-realm %[2]s --admin-user %[2]s
`

// Practice says where the practice server is reached, with which logins, and what to try.
func (l Lines) Practice(p Practice) {
	l.Printf(practiceText, l.Say(versions.Name(p.Version)), p.Here)
	for _, address := range p.Elsewhere {
		if address != p.Here {
			l.Printf("  %s   from other machines\n", address)
		}
	}
	l.Printf(adminText, p.AdminUser, p.AdminPassword)
	for _, learner := range p.Learners {
		l.Printf("  realm %s  user %s  password %s\n", learner.Realm, learner.User, learner.Password)
	}
	if len(p.Learners) > 0 {
		l.Printf(learnersText, append(p.Elsewhere, p.Here)[0], p.Learners[0].Realm)
	} else {
		l.Printf(tryText, p.Here, p.AdminUser, p.Here)
	}
	l.Printf("\nctrl+c ends it, and everything in it is gone.\n")
}

// Request says how the practice server answered a request, and which gate stopped it.
func (l Lines) Request(method, path, client string, status int, stop gate.Refusal) {
	const answer = 20
	line := ink(time.Now().Format("15:04:05")) + "  " + l.beside(l.Status(status), answer, "") + ink(words.Pad(words.Line(method), 6)+" "+words.Line(path))
	if client != "" {
		line += l.in(dim, "  ("+client+")")
	}
	if status >= 400 {
		line += "  " + l.in(warn, l.T("stopped at the gate %s", stop.Gate))
	}
	l.Printf("%s\n", line)
}

// LeftOut says what of an imported realm the practice server does not keep.
func (l Lines) LeftOut(parts string) {
	if parts != "" {
		l.Printf("          %s\n", l.in(warn, l.T("not kept: %s", parts)))
	}
}
