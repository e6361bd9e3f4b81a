package practice

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"mime/multipart"
	"strings"
	"testing"
)

// upload sends a file as the Admin Console does.
func (c *caller) upload(path, token, format string, file []byte) answer {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if format != "" {
		_ = w.WriteField("keystoreFormat", format)
	}
	p, _ := w.CreateFormFile("file", "file")
	_, _ = p.Write(file)
	_ = w.Close()
	return c.send("POST", path, token, b.String(), "Content-Type", w.FormDataContentType())
}

// TestClientCertificates: what is wanted was measured on 26.7.4.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	c.createRealm("lesson")
	adm := c.admin()
	id := c.want(201, "POST", c.base()+"/clients", adm, map[string]any{"clientId": "app"}).id()
	at := c.base() + "/clients/" + id + "/certificates/jwt.credential"
	if a := c.want(200, "GET", at, adm, nil); string(a.body) != "{}" {
		t.Errorf("a new client: %s", a.body)
	}
	made := c.want(200, "POST", at+"/generate", adm, nil).obj(t)
	if made["privateKey"] == nil || made["certificate"] == nil {
		t.Fatalf("generated: %v", made)
	}
	attributes := func() map[string]any {
		m, _ := c.want(200, "GET", c.base()+"/clients/"+id, adm, nil).obj(t)["attributes"].(map[string]any)
		return m
	}
	if got := attributes(); got["jwt.credential.certificate"] != made["certificate"] || got["jwt.credential.private.key"] != made["privateKey"] {
		t.Errorf("attributes: %v", got)
	}
	der, _ := base64.StdEncoding.DecodeString(made["certificate"].(string))
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if a := c.upload(at+"/upload-certificate", adm, "Certificate PEM", text); a.status != 200 || a.obj(t)["certificate"] != made["certificate"] {
		t.Errorf("uploaded: %d %s", a.status, a.body)
	}
	if got := attributes(); got["jwt.credential.private.key"] != nil {
		t.Error("the private key of another certificate is still there")
	}
	for format, want := range map[string]int{"": 400, "Nonsense": 500, "Public Key PEM": 500, "JKS": 501} {
		if a := c.upload(at+"/upload", adm, format, text); a.status != want {
			t.Errorf("%s: %d %s, want %d", format, a.status, a.body, want)
		}
	}
	c.want(501, "POST", at+"/download", adm, map[string]any{"format": "JKS"})
}

// TestInstallation: the files are those of 26.7.4.
func TestInstallation(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	c.createRealm("lesson")
	adm := c.admin()
	file := func(rep map[string]any, provider string) string {
		id := c.want(201, "POST", c.base()+"/clients", adm, rep).id()
		a := c.want(200, "GET", c.base()+"/clients/"+id+"/installation/providers/"+provider, adm, nil)
		c.want(404, "GET", c.base()+"/clients/"+id+"/installation/providers/nope", adm, nil)
		c.want(501, "GET", c.base()+"/clients/"+id+"/installation/providers/keycloak-saml", adm, nil)
		return strings.ReplaceAll(string(a.body), c.s.URL(), "URL")
	}
	for _, tt := range []struct {
		rep            map[string]any
		provider, want string
	}{
		{map[string]any{"clientId": "app", "secret": "abc"}, "keycloak-oidc-keycloak-json", `{
  "realm" : "lesson",
  "auth-server-url" : "URL/",
  "ssl-required" : "external",
  "resource" : "app",
  "credentials" : {
    "secret" : "abc"
  },
  "confidential-port" : 0
}`},
		{map[string]any{"clientId": "pub", "publicClient": true}, "keycloak-oidc-keycloak-json", `{
  "realm" : "lesson",
  "auth-server-url" : "URL/",
  "ssl-required" : "external",
  "resource" : "pub",
  "public-client" : true,
  "confidential-port" : 0
}`},
		{map[string]any{"clientId": "bear", "bearerOnly": true}, "keycloak-oidc-keycloak-json", `{
  "realm" : "lesson",
  "bearer-only" : true,
  "auth-server-url" : "URL/",
  "ssl-required" : "external",
  "resource" : "bear",
  "confidential-port" : 0
}`},
		{map[string]any{"clientId": "war", "secret": "abc"}, "keycloak-oidc-jboss-subsystem", `<secure-deployment name="WAR MODULE NAME.war">
    <realm>lesson</realm>
    <auth-server-url>URL/</auth-server-url>
    <ssl-required>EXTERNAL</ssl-required>
    <resource>war</resource>
    <credential name="secret">abc</credential>
</secure-deployment>
`},
	} {
		if got := file(tt.rep, tt.provider); got != tt.want {
			t.Errorf("%s: %s", tt.provider, got)
		}
	}
}

// TestNoMail: a realm without a mail server says what is missing, one with a mail server that this is not here.
func TestNoMail(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	c.createRealm("lesson")
	adm := c.admin()
	ann, bob := c.createUser("ann", "", nil), c.createUser("bob", "", map[string]any{"email": ""})
	for _, tt := range []struct {
		user, path, body, want string
		status                 int
	}{
		{ann, "/execute-actions-email", `["UPDATE_PASSWORD"]`, "Invalid sender address 'null'", 500},
		{ann, "/reset-password-email", "", "Invalid sender address 'null'", 500},
		{ann, "/send-verify-email", "", `{"errorMessage":"Failed to send verify email"}`, 500},
		{ann, "/execute-actions-email", `["NONSENSE"]`, "Provided invalid required actions", 400},
		{bob, "/execute-actions-email", `["UPDATE_PASSWORD"]`, "User email missing", 400},
	} {
		if a := c.want(tt.status, "PUT", c.base()+"/users/"+tt.user+tt.path, adm, tt.body); !strings.Contains(string(a.body), tt.want) {
			t.Errorf("%s: %s", tt.path, a.body)
		}
	}
	c.want(204, "PUT", c.base(), adm, map[string]any{"smtpServer": map[string]any{"host": "localhost", "from": "a@example.com"}})
	c.want(501, "PUT", c.base()+"/users/"+ann+"/send-verify-email", adm, nil)
	c.want(404, "POST", c.base()+"/user-storage/nope/sync", adm, nil)
	ldap := c.want(201, "POST", c.base()+"/components", adm, map[string]any{"name": "l", "providerId": "ldap", "providerType": "org.keycloak.storage.UserStorageProvider"}).id()
	c.want(501, "POST", c.base()+"/user-storage/"+ldap+"/sync?action=triggerFullSync", adm, nil)
}
