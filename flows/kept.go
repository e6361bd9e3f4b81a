package flows

import (
	"slices"
	"strings"
	"unicode"

	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/foreign"
)

// Kept lists what stays on the server: what this run created and did not remove, or the realm of an earlier run that was
// used again, or perhaps a realm of which it is not known whether it was created. "" when that is nothing.
func Kept(s State) string {
	var names []string
	for _, c := range s.Created {
		if !c.Removed {
			name := KindWord(c.Kind) + " " + c.Name
			if c.InDoubt {
				name += " " + texts.T("(perhaps: its removal was sent, and not answered)")
			}
			names = append(names, name)
		}
	}
	if s.RealmByHand {
		names = append(names, texts.T("realm %s, made by hand and not removed by fix403", s.Params.Realm))
	}
	if s.Unanswered != "" {
		names = append(names, texts.T("perhaps the realm %s: whether it was created is not known", s.Unanswered))
	}
	if len(names) == 0 && s.Realm != nil && s.Realm.Marker != "" {
		return texts.T("realm %s with all in it, from an earlier run", s.Realm.Name)
	}
	return strings.Join(names, ", ")
}

// DownCommand is the command that removes it.
func DownCommand(s State) string {
	realm := s.Params.Realm
	if realm == DefaultParams().Realm {
		realm = ""
	}
	return downCommand(s.URL, realm) + s.sameWay
}

// DownRealmCommand is the command that looks at one realm, as the same admin.
func DownRealmCommand(url, realm string, tls keycloak.TLS, admin keycloak.Credentials) string {
	return downCommand(url, realm) + sameWay(tls, admin)
}

func downCommand(url, realm string) string {
	cmd := "fix403 down --url " + shellWord(url)
	if realm != "" {
		cmd += " --realm " + shellWord(realm)
	}
	return cmd
}

// shellWord quotes what a shell would take for more than one word or for a pattern.
func shellWord(value string) string {
	if value == "" || strings.ContainsFunc(value, func(r rune) bool {
		return foreign.Hidden(r) || !strings.ContainsRune("-_./:@", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		return Quote(value)
	}
	return value
}

// sameWay are the flags by which a further command gets to the server as this run does, as the same admin.
func sameWay(tls keycloak.TLS, admin keycloak.Credentials) string {
	var b strings.Builder
	add := func(flag, value, usual string) {
		if value != "" && value != usual {
			b.WriteString(" --" + flag + " " + shellWord(value))
		}
	}
	add("admin-realm", admin.Realm, "master")
	if asksForUser(admin) {
		add("admin-user", admin.User, "admin")
	}
	add("admin-client-id", admin.ClientID, "")
	add("ca-cert", tls.CACert, "")
	add("client-cert", tls.ClientCert, "")
	add("client-key", tls.ClientKey, "")
	return b.String()
}

// Stands tells whether something that this run created was not removed.
func Stands(s State) bool {
	return slices.ContainsFunc(s.Created, func(c Created) bool { return !c.Removed })
}
