package paste_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"fix403/flows/paste"
)

const (
	tokenURL  = "http://kc:1/realms/master/protocol/openid-connect/token"
	adminCall = "\ncurl -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:1/admin/realms/shop/users"
)

// said is a login in one line.
func said(l *paste.Login) string {
	if l == nil {
		return "none"
	}
	parts := []string{l.Base, l.Realm, l.Grant, l.ClientID}
	for _, pair := range [][2]string{{"secret", l.Secret.Reveal()}, {"scope", l.Scope}, {"user", l.User}, {"password", l.Password.Reveal()}, {"refresh", l.RefreshToken.Reveal()}, {"subject", l.SubjectToken.Reveal()}} {
		if pair[1] != "" {
			parts = append(parts, pair[0]+"="+pair[1])
		}
	}
	if l.Basic {
		parts = append(parts, "basic")
	}
	if len(l.Form) > 0 {
		parts = append(parts, l.Form.Encode())
	}
	text := strings.Join(parts, " ")
	if l.Before != nil {
		text += " after " + said(l.Before)
	}
	return text
}

// The login of a paste is the one whose answer the call carries, by whatever grant.
func TestLogins(t *testing.T) {
	const exchange = "urn:ietf:params:oauth:grant-type:token-exchange"
	for name, c := range map[string]struct{ text, want string }{
		"password": {"TOKEN=$(curl -s " + tokenURL + " -d grant_type=password -d client_id=admin-cli -d username=john -d 'password=a b' | jq -r .access_token)" + adminCall,
			"http://kc:1 master password admin-cli user=john password=a b"},
		"a client's, by Basic": {"TOKEN=$(curl -s -u app:geheim -d grant_type=client_credentials " + tokenURL + ")" + adminCall,
			"http://kc:1 master client_credentials app secret=geheim basic"},
		"refresh": {"TOKEN=$(curl -s " + tokenURL + " -d grant_type=refresh_token -d client_id=app -d refresh_token=abc -d scope=openid)" + adminCall,
			"http://kc:1 master refresh_token app scope=openid refresh=abc"},
		"exchange": {"FRONT=$(curl -s " + tokenURL + " -d grant_type=client_credentials -d client_id=front -d client_secret=s1 | jq -r .access_token)\n" +
			"TOKEN=$(curl -s " + tokenURL + " -d grant_type=" + exchange + " -d client_id=gw -d client_secret=s2 --data-urlencode \"subject_token=$FRONT\" -d audience=api | jq -r .access_token)" + adminCall,
			"http://kc:1 master " + exchange + " gw secret=s2 audience=api after http://kc:1 master client_credentials front secret=s1"},
		"exchange of a token that stands there": {"TOKEN=$(curl -s " + tokenURL + " -d grant_type=" + exchange + " -d client_id=gw -d subject_token=abc -d subject_token_type=t)" + adminCall,
			"http://kc:1 master " + exchange + " gw subject=abc subject_token_type=t"},
		"the first of two": {"TOKEN=$(curl -s " + tokenURL + " -d grant_type=password -d client_id=admin-cli -d username=john -d password=x)\n" +
			"OTHER=$(curl -s " + tokenURL + " -d grant_type=client_credentials -d client_id=other -d client_secret=s)" + adminCall,
			"http://kc:1 master password admin-cli user=john password=x"},
		"through another variable": {"ANSWER=$(curl -s " + tokenURL + " -d grant_type=password -d client_id=admin-cli -d username=john -d password=x)\n" +
			"OTHER=$(curl -s " + tokenURL + " -d grant_type=client_credentials -d client_id=other -d client_secret=s)\n" +
			"TOKEN=$(echo \"$ANSWER\" | jq -r .access_token)" + adminCall,
			"http://kc:1 master password admin-cli user=john password=x"},
		"a refresh after a login": {"A=$(curl -s " + tokenURL + " -d grant_type=password -d client_id=app -d username=john -d password=x)\nR=$(jq -r .refresh_token <<< \"$A\")\n" +
			"TOKEN=$(curl -s " + tokenURL + " -d grant_type=refresh_token -d client_id=app -d refresh_token=$R | jq -r .access_token)" + adminCall,
			"http://kc:1 master refresh_token app after http://kc:1 master password app user=john password=x"},
		"variables": {"USER=john\nTOKEN=$(curl -s " + tokenURL + " -d grant_type=password -d client_id=app -d username=$USER -d \"password=$PASSWORD\")" + adminCall,
			"http://kc:1 master password app user=john"},
		"kcadm": {"kcadm.sh config credentials --server http://kc:1 --realm master --user admin --password x\nkcadm.sh get users -r shop",
			"http://kc:1 master password admin-cli user=admin password=x"},
		"kcadm without the password": {"kcadm.sh config credentials --server http://kc:1 --realm master --user admin --password $P\nkcadm.sh get users -r shop",
			"http://kc:1 master password admin-cli user=admin"},
		"PowerShell": {"$t = (Invoke-RestMethod -Method Post -Uri \"" + tokenURL + "\" -Body @{grant_type=\"password\"; client_id=\"admin-cli\"; username=\"john\"; password=\"x\"}).access_token\n" +
			"Invoke-RestMethod -Headers @{Authorization=\"Bearer $t\"} -Uri \"http://kc:1/admin/realms/shop/users\"",
			"http://kc:1 master password admin-cli user=john password=x"},
		"raw": {"POST /realms/master/protocol/openid-connect/token HTTP/1.1\nHost: localhost:1\nContent-Type: application/x-www-form-urlencoded\n\ngrant_type=password&client_id=admin-cli&username=john&password=x\n",
			"http://localhost:1 master password admin-cli user=john password=x"},
		"a given token": {"curl -H 'Authorization: Bearer abc' http://kc:1/admin/realms/shop/users", "none"},
	} {
		got, err := paste.Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if said(got.Login) != c.want {
			t.Errorf("%s:\n%s, want\n%s", name, said(got.Login), c.want)
		}
		if text := fmt.Sprint(got.Ignored, got); strings.Contains(text, "geheim") || strings.ContainsRune(text, '\uE000') {
			t.Errorf("%s: says %q", name, text)
		}
	}
}

// What cannot be repeated is refused with what to give in its place.
func TestLoginsThatAreRefused(t *testing.T) {
	request := func(form string) string {
		return "TOKEN=$(curl -s " + tokenURL + " -d client_id=app " + form + " | jq -r .access_token)" + adminCall
	}
	for name, form := range map[string]string{
		"a code":              "-d grant_type=authorization_code -d code=" + url.QueryEscape("top.secret"),
		"a device":            "-d grant_type=urn:ietf:params:oauth:grant-type:device_code -d device_code=topsecret",
		"a one-time code":     "-d grant_type=password -d username=john -d password=topsecret -d totp=123456",
		"an unknown subject":  "-d grant_type=urn:ietf:params:oauth:grant-type:token-exchange -d subject_token=$FRONT",
		"an unknown audience": "-d grant_type=client_credentials -d client_secret=topsecret -d resource=$WHERE",
	} {
		checkRefused(t, name, request(form), `--call "GET /admin/realms/shop/users"`, "--token-file")
	}
}
