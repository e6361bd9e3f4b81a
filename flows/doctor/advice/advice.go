// Package advice writes how a call is fixed: as clicks in the Admin Console, as scripts for curl and kcadm.sh, for Terraform, and
// as programs that make the call.
package advice

import (
	"slices"
	"strings"

	"fix403/flows/change"
	"fix403/flows/console"
	"fix403/flows/journal"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// Fix is what fixes a call, in the forms that people use. A form is nil or "" where it cannot fix it.
type Fix struct {
	Console []msg.Message // clicks in the Admin Console
	Caution msg.Message   // precedes the lines of Curl and Kcadm as a comment; empty for none
	// Curl and Kcadm are the lines of a shell script that fixes the call and makes it again, or makes the right one. Secrets
	// come from the environment: ADMIN_PASSWORD, CLIENT_SECRET, and TOKEN where the program's own token is needed.
	Curl, Kcadm []string
	Terraform   string
	// TypeScript and Go get a token and make the call as it should be made; the secret is in CLIENT_SECRET.
	TypeScript, Go string
}

// Script returns the lines of Curl or Kcadm behind the caution, which say renders.
func (f *Fix) Script(lines []string, say func(msg.Message) string) []string {
	var script []string
	for _, command := range lines {
		script = append(script, strings.Split(command, "\n")...)
	}
	if f.Caution.Empty() || len(script) == 0 {
		return script
	}
	return append([]string{"# " + say(f.Caution)}, script...)
}

// Call is the call as it should be made, and who makes it.
type Call struct {
	Base, Realm, ClientID string // of the client; ClientID is "" if it is not known
	Method, Path          string
	ServiceAccount        bool                  // the call is made in the name of the client's service account
	CACert                string                // a file; "" for none
	Admin                 *keycloak.Credentials // nil: nobody's login is known
	Labels                console.Labels
	User                  string   // who logs in by name and password; "" for nobody, or who has another way
	Confidential          bool     // and the client of that login has a secret
	AsJSON                bool     // the call asks for JSON
	Scope                 string   // that the token endpoint is asked for; "" for the client's own
	DefaultScopes         []string // of the client, as far as they are known
	Proof                 Proof    // what the client brings in the place of its secret, or beside it
}

// Draft is a fix while it is put together: one change after the other, and the call that ends it.
type Draft struct {
	Call
	console                []msg.Message
	curl, kcadm, terraform []string
	admin                  bool // an admin's login comes first
}

// Fix returns the forms of the changes, each ended by the call.
func (d *Draft) Fix() Fix {
	f := Fix{Console: d.console, Curl: slices.Concat(d.login(), d.curl, d.lastLines()), Terraform: strings.Join(d.terraform, "\n")}
	if len(d.kcadm) > 0 {
		f.Kcadm = append(d.kcadmLogin(), d.kcadm...)
	}
	if d.ClientID != "" && d.ServiceAccount && !d.Proof.any() {
		f.TypeScript, f.Go = d.typeScript(), d.goProgram()
	}
	return f
}

// Click adds clicks in the Admin Console.
func (d *Draft) Click(clicks ...msg.Message) { d.console = append(d.console, clicks...) }

// add adds a change that an admin makes.
func (d *Draft) add(console []msg.Message, curl, kcadm, terraform []string) {
	d.admin = true
	d.console = append(d.console, console...)
	d.curl = append(d.curl, curl...)
	d.kcadm = append(d.kcadm, kcadm...)
	d.terraform = append(d.terraform, terraform...)
}

// Changes adds changes; grants to one service account are taken together.
func (d *Draft) Changes(list []change.Change) {
	var granted []string
	for _, c := range list {
		if c.Kind == journal.ChangeGrant && c.ClientID != "" && c.Container == keycloak.RealmManagement {
			granted = append(granted, c.Role)
			continue
		}
		d.add(c.Console(d.Labels), c.Curl(), c.Kcadm(), d.terraformOf(c))
	}
	if i := slices.IndexFunc(list, func(c change.Change) bool { return c.Kind == journal.ChangeGrant }); len(granted) > 0 {
		c := list[i]
		d.add(change.GrantConsole(d.Labels, c.Realm, c.ClientID, granted...), change.GrantCurl(c.Realm, c.ClientID, granted...),
			change.GrantKcadm(c.Realm, c.ClientID, granted...), change.GrantTerraform(c.Realm, c.ClientID, granted...))
	}
}

// Instead adds a change that may be made in the place of the call with another scope, which the curl form makes. Its clicks follow the
// words that say so.
func (d *Draft) Instead(words msg.Message, c change.Change) {
	d.console = append(append(d.console, words), c.Console(d.Labels)...)
	d.kcadm = append(d.kcadm, c.Kcadm()...)
	d.terraform = append(d.terraform, d.terraformOf(c)...)
}

// terraformOf returns the blocks of a change. That of a list of client scopes has to have all of them.
func (d *Draft) terraformOf(c change.Change) []string {
	if (c.Kind == journal.ChangeDefaultScope || c.Kind == journal.ChangeScopeDefault) && len(d.DefaultScopes) > 0 {
		return change.DefaultScopesTerraform(c.Realm, c.ClientID, append(slices.Clone(d.DefaultScopes), c.Role))
	}
	return c.Terraform()
}
