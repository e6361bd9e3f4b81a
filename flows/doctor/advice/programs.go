package advice

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"fix403/keycloak/foreign"
)

// typeScript returns a program that gets a token and makes the call, for Node 18 or newer, Deno and Bun.
func (d *Draft) typeScript() string {
	body := ""
	if d.Method == http.MethodPost || d.Method == http.MethodPut {
		body = "\n  // body: JSON.stringify(…), with the header Content-Type: application/json"
	}
	scope := ""
	if d.Scope != "" {
		scope = "\n    scope: " + js(d.Scope) + ","
	}
	return fmt.Sprintf(`const base = %s;
const login = await fetch(%s, {
  method: "POST",
  body: new URLSearchParams({
    grant_type: "client_credentials",
    client_id: %s,
    client_secret: process.env.CLIENT_SECRET ?? "",%s
  }),
});
if (!login.ok) throw new Error(%s + login.status + ": " + (await login.text()));
const { access_token } = await login.json();
const answer = await fetch(%s, {
  method: %s,
  headers: { Authorization: %s + access_token },%s
});
if (answer.status === 401) throw new Error("401: the token is missing, broken, expired or not meant for the admin API; no role helps");
if (answer.status === 403) throw new Error("403: the token is fine; a role is missing");
if (!answer.ok) throw new Error(answer.status + ": " + (await answer.text()));
console.log(await answer.text());
`, js(d.Base), js(d.Base+"/realms/"+url.PathEscape(d.Realm)+"/protocol/openid-connect/token"), js(d.ClientID), scope, js("the token endpoint refused: "), js(d.Base+d.Path), js(d.Method), js("Bearer "), body)
}

// js returns a text as JavaScript writes it.
func js(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // a & of a URL stays one
	_ = e.Encode(s)        // a text always can be
	return foreign.Line(strings.TrimSpace(b.String()))
}

// goProgram returns a program that gets a token and makes the call, with nothing but the standard library.
func (d *Draft) goProgram() string {
	scope := ""
	if d.Scope != "" {
		scope = fmt.Sprintf("\n\t\t\"scope\":         {%q},", d.Scope)
	}
	return fmt.Sprintf(`package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
)

func main() {
	login, err := http.PostForm(%q, url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {%q},
		"client_secret": {os.Getenv("CLIENT_SECRET")},%s
	})
	if err != nil {
		log.Fatal(err)
	}
	defer login.Body.Close()
	var token struct {
		AccessToken string `+"`json:\"access_token\"`"+`
	}
	if err := json.NewDecoder(login.Body).Decode(&token); err != nil || login.StatusCode != http.StatusOK {
		log.Fatal("the token endpoint refused: ", login.Status)
	}
	req, err := http.NewRequest(%q, %q, nil)
	if err != nil {
		log.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token.AccessToken)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		log.Fatal(err)
	}
	if res.StatusCode >= 300 { // 401: no role helps; 403: a role is missing
		log.Fatal(res.Status, " ", string(body))
	}
	fmt.Println(string(body))
}
`, d.Base+"/realms/"+url.PathEscape(d.Realm)+"/protocol/openid-connect/token", d.ClientID, scope, d.Method, d.Base+d.Path)
}
