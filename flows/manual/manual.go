// Package manual has the steps of the story by hand: clicks, curl, kcadm and Terraform.
package manual

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"fix403/flows/change"
	"fix403/flows/outfile"
	"fix403/flows/problem"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak/foreign"
)

// Form is a way to do a step by hand.
type Form string

// The forms. The story was told in each of them on 26.7.3, with curl and kcadm on 24.0.5, too; the clicks were read out of
// the Admin Console of these versions. The provider of Terraform of August 2026 can create no realm on 24.0.5 (400).
const (
	FormConsole    Form = "console"
	FormCurl       Form = "curl"
	FormKcadm      Form = "kcadm"
	FormTerraform  Form = "terraform"
	FormTypeScript Form = "typescript"
)

// FormInfo tells of a form what a person has to know.
type FormInfo struct {
	Form Form
	Name string     // the same in all languages
	How  texts.Text // what its texts need, and how they belong together
	File string     // name for a file with the whole story
}

// Forms returns the forms, the one with the fewest needs first.
func Forms() []FormInfo {
	return []FormInfo{
		{FormConsole, "Admin Console", "Clicks in the Admin Console, which is at /admin of the server.", "fix403-story.txt"},
		{FormCurl, "curl", "Shell commands with curl; the steps share their variables.", "fix403-story.sh"},
		{FormKcadm, "kcadm", "Shell commands with bin/kcadm.sh of a Keycloak distribution, on the PATH; the steps share their variables.", "fix403-story-kcadm.sh"},
		{FormTerraform, "Terraform", "Blocks for the provider keycloak/keycloak; the steps make one file together. A current provider needs a current server.", "fix403-story.tf"},
		{FormTypeScript, "TypeScript", "One program in parts, with nothing to install: Node from 18 on runs it, as do Deno and Bun.", "fix403-story.mjs"},
	}
}

// Render returns a step by hand in a form: lines to read or to copy.
func Render(p *texts.Printer, s *story.Step, form Form, state *story.State) string {
	switch form {
	case FormCurl:
		return s.Manual.Curl(state.Scene())
	case FormKcadm:
		return s.Manual.Kcadm(state.Scene())
	case FormTerraform:
		return s.Manual.Terraform(state.Scene())
	case FormTypeScript:
		return s.Manual.TypeScript(state.Scene())
	case FormConsole:
	}
	var b strings.Builder
	for _, line := range s.Manual.Console(state.Scene()) {
		b.WriteString(p.Say(line) + "\n")
	}
	return b.String()
}

// Story returns the whole story in a form: a list, a script or a file for Terraform. The scripts take the admin's password
// from ADMIN_PASSWORD, print the three status codes, and leave the realm there; their last line says how to remove it.
func (f Form) Story(p *texts.Printer, s *story.State) string {
	var b strings.Builder
	if f == FormConsole {
		b.WriteString(p.T("From 403 to 200: the story of fix403 by hand, in the Admin Console.") + "\n")
	}
	b.WriteString(opening[f])
	for i, step := range story.Steps() {
		if f == FormConsole {
			fmt.Fprintf(&b, "\n%d. %s\n%s", i+1, p.T(step.Title), indented(Render(p, step, f, s)))
			continue
		}
		fmt.Fprintf(&b, "\n%s %s\n%s", f.comment(), string(step.Title), Render(p, step, f, s))
	}
	b.WriteString(closing(p, f, s))
	return b.String()
}

// comment begins one in a text of the form.
func (f Form) comment() string {
	if f == FormTypeScript {
		return "//"
	}
	return "#"
}

// Save writes the whole story in the form to its file in the working directory. It never overwrites: a file of this name
// may be the user's own. Errors have [failure.BadInput].
func (f FormInfo) Save(p *texts.Printer, s *story.State) error {
	err := outfile.WriteNew(f.File, foreign.Text(f.Form.Story(p, s)), 0o700) // scripts to run, for their owner alone
	if errors.Is(err, fs.ErrExist) {
		return problem.BadInput("Move it away, or save from another folder.", "The file %s already exists. It was left unchanged.", f.File)
	}
	if err != nil {
		return problem.BadInput("", "The story was not saved: %v.", outfile.Reason(err))
	}
	return nil
}

func indented(text string) string {
	return "   " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n   ") + "\n"
}

// What programs read stays English.
var opening = map[Form]string{
	FormCurl: "#!/bin/sh\n# From 403 to 200: the story of fix403 by hand. Needs curl 7.55 or newer, and the admin's password in ADMIN_PASSWORD:\n" +
		readPassword,
	FormKcadm: "#!/bin/sh\n# From 403 to 200: the story of fix403 by hand. Needs bin/kcadm.sh of a Keycloak distribution on the PATH, and the\n" +
		"# admin's password in ADMIN_PASSWORD:\n" + readPassword,
	FormTypeScript: "// From 403 to 200: the story of fix403 by hand. Takes the admin's password from ADMIN_PASSWORD:\n" +
		"//   read -rs ADMIN_PASSWORD && export ADMIN_PASSWORD && node fix403-story.mjs\n",
	FormTerraform: "# From 403 to 200: the story of fix403 with Terraform. The admin's password is in\n# KEYCLOAK_PASSWORD (read -rs KEYCLOAK_PASSWORD && export KEYCLOAK_PASSWORD); then terraform init.\n",
}

// readPassword keeps the password out of the shell's history.
// #nosec G101 -- the name of a variable
const readPassword = "#   read -rs ADMIN_PASSWORD && export ADMIN_PASSWORD\nset -eu\n"

// closing removes what the story made: the realm with all in it, or what it made in one that was there.
func closing(p *texts.Printer, f Form, s *story.State) string {
	paths := []string{""}
	if s.Existing {
		paths = []string{"/users/$USER_ID", "/clients/$CLIENT_UUID"}
	}
	text, before, after := "\n# To remove it all:", "", ""
	switch f {
	case FormCurl:
		before, after = "\n# "+change.CurlAdmin+"-X DELETE \"$KEYCLOAK/admin/realms/$REALM", "\""+change.CurlByPipe
	case FormKcadm:
		before, after = "\n# kcadm.sh delete \"realms/$REALM", "\""
	case FormTerraform:
		return text + " terraform destroy\n"
	case FormTypeScript:
		text = "\n// To remove it all:"
		for _, path := range paths {
			path = strings.NewReplacer("$USER_ID", "${user}", "$CLIENT_UUID", "${client}").Replace(path)
			text += "\n// await call(admin, `/${realm}" + path + "`, \"DELETE\");"
		}
		return text + "\n"
	case FormConsole:
		if s.Existing {
			return "\n" + p.T("To remove everything: delete the client %s and the user %s.", s.Params.ClientID, s.Params.Username) + "\n"
		}
		return "\n" + p.T("To remove everything: choose the realm, then Realm settings, then Delete in the menu Action.") + "\n"
	}
	for _, path := range paths {
		text += before + path + after
	}
	return text + "\n"
}
