package traffic

import (
	"bytes"
	"encoding/base64"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// bearer is an access token with some claims.
func bearer(claims string) string {
	encode := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return "Bearer " + encode(`{"alg":"RS256"}`) + "." + encode(claims) + "." + encode("signature")
}

func archived(tokens ...string) string {
	var b strings.Builder
	b.WriteString("{\n \"log\": {\n  \"version\": \"1.2\",\n  \"entries\": [\n")
	for i, claims := range tokens {
		if i > 0 {
			b.WriteString(",\n")
		}
		b.WriteString(`{"startedDateTime": "2026-11-30T23:55:46.742+01:00", "request": {"method": "GET", "url": "https://sso.example.com/auth/admin/realms/shop/users?search=john&max=20",` +
			"\n" + `"headers": [{"name": "authorization", "value": "` + claims + `"}, {"name": "Cookie", "value": "KEYCLOAK_SESSION=cookie-7"}]}, "response": {"status": 200, "content": {"text": "sekret-77"}}}`)
	}
	return b.String() + "\n]}}"
}

func TestArchive(t *testing.T) {
	in := archived(
		bearer(`{"iss":"https://sso.example.com/auth/realms/shop","azp":"reports","client_id":"reports","preferred_username":"service-account-reports"}`),
		bearer(`{"iss":"https://sso.example.com/auth/realms/master","azp":"security-admin-console","preferred_username":"admin"}`),
		bearer(`{"iss":"https://sso.example.com/auth/realms/shop","azp":"web"}`),
		"Basic eDp5", "Bearer opaque")
	calls, skipped, err := Read(strings.NewReader(in))
	if err != nil || skipped.Unread+skipped.Others > 0 || !Recorded([]byte(in)) {
		t.Fatalf("%+v, %v", skipped, err)
	}
	var got []string
	for i, c := range calls {
		got = append(got, c.Client+" of "+c.Realm)
		if c.shown() != "GET /admin/realms/shop/users?search&max 200" || c.Line != 5+2*i || !c.Time.Equal(time.Date(2026, 11, 30, 22, 55, 46, 742e6, time.UTC)) {
			t.Errorf("%+v", c)
		}
	}
	if want := []string{"reports of shop", "admin of master", "web of shop", " of ", " of "}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	calls, skipped, err = Read(strings.NewReader(in[:len(in)-40]))
	if err != nil || len(calls) != 4 || skipped.Unread != 1 || skipped.First[0].Number == 0 {
		t.Errorf("broken off: %d calls, %+v, %v", len(calls), skipped, err)
	}
}

// What is read of any recording and written again holds no secret that was in it, and is read as the same calls.
func TestSecretsAreNotKept(t *testing.T) {
	token := strings.TrimPrefix(bearer(`{"azp":"reports"}`), "Bearer ")
	in := archived(bearer(`{"azp":"reports"}`)) + "\n"
	lines := `{"method":"GET","path":"https://u:sekret-77@sso.example.com/admin/realms/shop/users?access_token=sekret-77&` + token + `&sekret-77=1&exportClients=true#sekret-77","client":"c","authorization":"sekret-77"}
{"method":"GET","path":"/admin/realms/shop/users/` + token + `;jsessionid=sekret-77/sessions"}
`
	for _, text := range []string{in, lines} {
		calls, _, err := Read(strings.NewReader(text))
		if err != nil || len(calls) == 0 {
			t.Fatal(err)
		}
		again := written(t, calls)
		for _, secret := range []string{"sekret-77", token, "cookie-7", "john", "example.com", "=20"} {
			if rest := strings.ReplaceAll(again, "&sekret-77", ""); strings.Contains(rest, secret) {
				t.Errorf("%s is in %s", secret, again)
			}
		}
	}
}

func written(t *testing.T, calls []Call) string {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range calls {
		if err := w.Write(c); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestOurOwnFormat(t *testing.T) {
	at := time.Date(2026, 11, 30, 23, 55, 46, 742e6, time.UTC)
	calls := []Call{{at, "reports", "shop", "GET", "/admin/realms/shop/users?max", 200, 2}, {time.Time{}, "", "", "POST", "/admin/realms/{realm}/users", 0, 3}}
	text := written(t, append(slices.Clone(calls), Call{Method: "GET", Path: "https://sso.example.com/realms/shop"}))
	const want = `{"recording":"fix403","version":1}
{"time":"2026-11-30T23:55:46.742Z","client":"reports","realm":"shop","method":"GET","path":"/admin/realms/shop/users?max","status":200}
{"client":"","realm":"","method":"POST","path":"/admin/realms/{realm}/users","status":0}
`
	if text != want {
		t.Errorf("%s", text)
	}
	if again, skipped, err := Read(strings.NewReader(text)); err != nil || skipped.Others+skipped.Unread > 0 || !slices.Equal(again, calls) {
		t.Errorf("%+v, %+v, %v", again, skipped, err)
	}
}

func FuzzRead(f *testing.F) {
	for _, file := range []string{"keycloak-console.log", "keycloak-long.log", "nginx.jsonl", "keycloak-events.jsonl"} {
		text, err := os.ReadFile("testdata/" + file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text[:min(len(text), 3000)])
	}
	f.Add([]byte(archived(bearer(`{"azp":"reports"}`), "")))
	f.Fuzz(func(t *testing.T, text []byte) {
		calls, skipped, err := Read(bytes.NewReader(text))
		if Recorded(text); err != nil {
			return
		}
		lines := bytes.Count(text, []byte("\n")) + 1
		for _, c := range calls {
			if c.Line < 1 || c.Line > lines || !strings.HasPrefix(c.Path, "/admin/") || strings.ContainsAny(c.Path+c.Method+c.Client, "\n\x1b") {
				t.Errorf("%+v of %d lines", c, lines)
			}
		}
		for _, l := range skipped.First {
			if l.Number < 1 || l.Number > lines {
				t.Errorf("%+v of %d lines", l, lines)
			}
		}
		again, _, err := Read(strings.NewReader(written(t, calls)))
		if err != nil || len(again) != len(calls) {
			if len(calls) > 0 {
				t.Errorf("%d calls, and again %d: %v", len(calls), len(again), err)
			}
			return
		}
		for i := range again {
			if again[i].Line = calls[i].Line; again[i] != calls[i] {
				t.Errorf("%+v, and again %+v", calls[i], again[i])
			}
		}
	})
}
