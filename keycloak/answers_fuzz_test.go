package keycloak_test

import (
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/wire"
)

// FuzzAnswers answers every call of the adapter with the same status, header and body: each ends in a success with what a
// success must hold or in an [failure.Error], and no secret that was echoed is in the error or the record.
func FuzzAnswers(f *testing.F) {
	for _, a := range hostileAnswers {
		f.Add(a.status, a.contentType, "", a.body)
	}
	f.Add(302, "", "https://else/?password="+planted.password, "")
	f.Add(403, jsonType, "", `{"error":"bad `+planted.clientSecret+` in `+planted.token+`"}`)
	f.Add(429, htmlType, "http://[", "<html>"+planted.password)
	f.Add(201, jsonType, "http://kc/admin/realms/a/clients/"+planted.opaque, "")
	f.Fuzz(func(t *testing.T, status int, contentType, location, body string) {
		if status < 200 || status > 599 || strings.ContainsAny(contentType+location, "\r\n\x00") {
			t.Skip()
		}
		admin := wire.NewSecret(jwt(map[string]any{"typ": "Bearer", "azp": "admin-cli", "jti": "admin"}))
		recorder := &wire.Recorder{}
		open := true
		o := keycloak.Options{Once: true, Recorder: recorder, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			res := &http.Response{StatusCode: status, Proto: "HTTP/1.1", Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(body))}
			if contentType != "" {
				res.Header.Set("Content-Type", contentType)
			}
			if location != "" {
				res.Header.Set("Location", location)
			}
			if open {
				res.StatusCode, res.Header, res.Body = 200, http.Header{"Content-Type": {jsonType}}, io.NopCloser(strings.NewReader(`{"realm":"master"}`))
			}
			return res, nil
		})}
		s, err := keycloak.Open(t.Context(), "http://kc", o)
		if err != nil {
			t.Fatal(err)
		}
		open = false
		for _, secret := range []string{planted.password, planted.clientSecret, planted.token, planted.opaque} {
			recorder.Hide(wire.NewSecret(secret))
		}
		a, err := s.Login(t.Context(), keycloak.Credentials{Token: admin})
		if err != nil {
			t.Fatal(err)
		}
		check := func(name string, err error) {
			var typed *failure.Error
			if err == nil {
				return
			}
			if !errors.As(err, &typed) {
				t.Fatalf("%s: an error of no kind: %v", name, err)
			}
			wantNoSecret(t, name, typed.Message.String()+typed.Hint.String())
		}
		for _, c := range slices.Concat(readingCalls, writingCalls) {
			check(c.name, c.do(t.Context(), s, a))
		}
		_, err = a.Rights(t.Context(), "demo")
		check("Rights", err)
		_, err = a.Temporary(t.Context())
		check("Temporary", err)
		_, err = s.Login(t.Context(), keycloak.Credentials{User: "admin", Password: wire.NewSecret(planted.password)})
		check("Login", err)
		var all strings.Builder
		for _, e := range recorder.Exchanges() {
			texts(reflect.ValueOf(e), "", func(_, text string) { all.WriteString(text + "\n") })
		}
		wantNoSecret(t, "the record", all.String())
	})
}
