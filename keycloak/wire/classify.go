package wire

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"regexp"
	"strings"
	"syscall"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// NoAnswer returns the typed error for one of the transport. outer is the context without the time-out of the call.
func NoAnswer(outer context.Context, url string, err error) *failure.Error {
	e := &failure.Error{Err: err}
	var (
		typed     *failure.Error
		unknownCA x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		dns       *net.DNSError
		timeout   net.Error
	)
	switch {
	case errors.As(err, &typed): // not sent at all
		return &failure.Error{Kind: typed.Kind, Message: typed.Message, Hint: typed.Hint, Err: typed.Err}
	case outer.Err() != nil && errors.Is(outer.Err(), context.Canceled):
		say(e, failure.Canceled, "Try again at any time: what was created so far is used again.", "The call was cancelled.")
		e.Err = context.Canceled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		say(e, failure.Timeout, "Try again, or allow more time (start fix403 with --timeout).", "No complete response came from %s in time.", url)
		if !errors.Is(err, context.DeadlineExceeded) {
			e.Err = errors.Join(context.DeadlineExceeded, err)
		}
	case errors.Is(err, errTooLarge):
		say(e, failure.UnexpectedAnswer, "Keycloak never sends such a response to fix403: check the address.", "The response of %s is larger than %d MiB.", url, maxBody>>20)
	case errors.Is(err, errTooComplex):
		say(e, failure.UnexpectedAnswer, "Keycloak never sends such a response to fix403: check the address.", "The response of %s is JSON with more values or levels than fix403 accepts.", url)
	case errors.Is(err, errSwitched):
		say(e, failure.UnexpectedAnswer, "Something between here and Keycloak answers in its place, or this is not Keycloak: check the address.", "%s answered 101 and switched to another protocol, which fix403 had not asked for.", url)
	case errors.As(err, &unknownCA):
		say(e, failure.TLS, "Start fix403 with your CA's certificate: --ca-cert FILE (PEM).", "The certificate of %s comes from an authority that this machine does not know.", url)
	case errors.As(err, &hostname):
		say(e, failure.TLS, "Use the name in the certificate.", "The certificate is for another name: %s.", hostname.Error())
	case errors.As(err, &invalid):
		say(e, failure.TLS, "Check its dates on the server, and this machine's clock.", "The certificate of %s is not valid: %s.", url, invalid.Error())
	case errors.As(err, &record), strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		say(e, failure.TLS, "Use http:// in the URL, or the server's https port.", "%s responds in plain http, not https.", url)
	case strings.Contains(err.Error(), "tls: "), strings.Contains(err.Error(), "x509: "):
		say(e, failure.TLS, "If the server asks for a client certificate, start fix403 with one: --client-cert and --client-key.", "The TLS handshake with %s failed: %s.", url, lastPart(err))
	case atProxy(err):
		say(e, failure.Unreachable, proxyHint, "The proxy on the way to %s cannot be reached: %s.", url, lastPart(err))
	case errors.As(err, &dns):
		say(e, failure.Unreachable, "Check the spelling of the URL.", "There is no host of the name %s.", dns.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		say(e, failure.Unreachable, "Check host and port, and that the server is running.", "Nothing listens at %s (connection refused).", url)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		say(e, failure.Unreachable, "Try again; if it keeps failing, check that this is the server's http port and not its https port.", "The connection to %s broke before the whole response arrived.", url)
	case noHTTP.MatchString(err.Error()):
		say(e, failure.Unreachable, "Check host and port: something other than a web server answers there.", "%s does not respond in HTTP: %s.", url, lastPart(err))
	default:
		say(e, failure.Unreachable, "Check host and port.", "%s cannot be reached: %s.", url, lastPart(err))
	}
	return e
}

// proxyHint says where the proxy comes from.
const proxyHint msg.Format = "It is named by HTTPS_PROXY or HTTP_PROXY in the environment: correct it there, or name the server's host in NO_PROXY."

// proxyRefused returns the error for a proxy's answer in the place of the server's.
func proxyRefused(url string, status int) *failure.Error {
	e := &failure.Error{Status: status}
	say(e, failure.Unreachable, proxyHint, "The proxy on the way to %s answered %d %s, and does not connect.", url, status, http.StatusText(status))
	if status == http.StatusProxyAuthRequired {
		say(e, failure.Unreachable, "Put the proxy's username and password into HTTPS_PROXY or HTTP_PROXY, as http://user:password@host:port, or name the server's host in NO_PROXY.",
			"The proxy on the way to %s requires a login (407).", url)
	}
	return e
}

// say sets what went wrong and the next step.
func say(e *failure.Error, kind failure.Kind, hint, format msg.Format, args ...any) {
	e.Kind, e.Message, e.Hint = kind, msg.New(format, args...), msg.New(hint)
}

// noHTTP finds how net/http says that an answer came which it cannot read.
var noHTTP = regexp.MustCompile(`malformed (MIME header( initial)?( line)?|HTTP (response|status code|version))|unsupported transfer encoding|bad Content-Length|invalid (header|Content-Length)|HTTP/1.x transport connection broken`)

// withoutAnswer returns an error of net/http without what it quotes of an answer that it could not read: those are the
// server's words, in an escaped form.
func withoutAnswer(err error) error {
	text := err.Error()
	if at := noHTTP.FindAllStringIndex(text, -1); at != nil {
		return errors.New(text[:at[len(at)-1][1]])
	}
	return err
}

// lastPart returns the innermost reason of an error of net/http, whose texts repeat the address in front of it.
func lastPart(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// errorBody is the union of the bodies in which Keycloak tells an error (FACTS, sections 0 and 8).
type errorBody struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	Message     string `json:"errorMessage"`
}

func (a *Reply) errorBody() errorBody {
	var b errorBody
	_ = json.Unmarshal(a.Body, &b)
	return b
}

// maxReason is how many characters of a server's words are quoted; Keycloak's longest, about unknown fields, has some 1500.
const maxReason = 2000

// reason returns Keycloak's own words in an answer, or what the body is instead.
func (a *Reply) reason() msg.Message {
	if words := a.serverWords(); words != "" {
		return msg.Verbatim(words)
	}
	switch {
	case len(a.Body) == 0:
		return msg.New("empty body")
	case a.isHTML():
		return msg.New("an HTML page")
	default:
		return msg.New("no reason in the body")
	}
}

// serverWords returns Keycloak's own words in an answer, "" where it has none.
func (a *Reply) serverWords() string {
	b := a.errorBody()
	for _, text := range []string{b.Description, b.Message, b.Error} {
		if text != "" && !strings.HasPrefix(text, "For more on this error") {
			return a.recorder.Quote(text, maxReason)
		}
	}
	return ""
}

func (a *Reply) mediaType() string {
	t, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}

func (a *Reply) isHTML() bool {
	return a.mediaType() == "text/html" || bytes.HasPrefix(bytes.TrimSpace(a.Body), []byte("<"))
}

// IsJSON reports whether the answer is JSON, by its header and its body.
func (a *Reply) IsJSON() bool {
	t := a.mediaType()
	return (t == "application/json" || strings.HasSuffix(t, "+json")) && json.Valid(a.Body)
}

// fromKeycloak reports whether a refusal is Keycloak's, and not of something in between: Keycloak's admin API and token
// endpoint answer errors as JSON with an "error" field (FACTS, section 0).
func (a *Reply) fromKeycloak() bool {
	return len(a.Body) == 0 || a.errorBody().Error != "" || a.errorBody().Message != ""
}

// Refusal turns an answer that is no success into a typed error, in which secrets are masked; nil for 2xx.
func (a *Reply) Refusal() *failure.Error {
	e := a.refused()
	if e != nil {
		e.Mask(a.recorder.Mask)
	}
	return e
}

func (a *Reply) refused() *failure.Error {
	url := a.Exchange.URL
	e := &failure.Error{Status: a.Exchange.Status, Reason: a.serverWords(), BadCredentials: a.errorBody().Description == badUserCredentials}
	switch {
	case a.Exchange.Status >= 200 && a.Exchange.Status < 300:
		return nil
	case a.Exchange.Status >= 300 && a.Exchange.Status < 400:
		location := a.Header.Get("Location")
		say(e, failure.Redirected, "fix403 does not follow redirects, since that would send credentials to another address: use the server's own address.",
			"%s redirects (%d) to %s.", url, a.Exchange.Status, orNowhere(location))
		if base, err := NormalizeURL(location); err == nil && strings.HasPrefix(location, base+"/realms/") {
			e.Hint = msg.New("fix403 does not follow redirects, since that would send credentials to another address: if that is your server, use its own address, %s.", base)
		}
	case a.Exchange.Status == http.StatusForbidden && a.errorBody().Description == "HTTPS required":
		say(e, failure.HTTPSRequired, "Use the server's https address.", "The realm requires https for requests from this address (sslRequired).")
	case a.Exchange.Status == http.StatusBadRequest && plainToTLS.Match(a.Body):
		say(e, failure.HTTPSRequired, "Use https:// in the URL.", "%s is an https port, and the request used plain http.", Origin(url))
	case a.Exchange.Status == http.StatusBadRequest && WantsCertificate(a.Body):
		say(e, failure.TLS, "Start fix403 with one: --client-cert and --client-key (PEM files).", "%s requires a client certificate, and got none that it accepts.", Origin(url))
	case a.Exchange.Status == http.StatusProxyAuthRequired:
		return proxyRefused(Origin(url), a.Exchange.Status)
	case a.Exchange.Status == http.StatusTooManyRequests:
		say(e, failure.Rejected, "Wait a while and try again.", "429: the server asks for fewer requests.")
		if wait := a.retryAfter(a.Exchange.Started); wait > 0 {
			e.Hint = msg.New("Wait %s, as the server asks, and try again.", wait)
		}
	case a.Exchange.Status >= 400 && a.Exchange.Status < 500 && !a.fromKeycloak():
		say(e, failure.NotKeycloak, "Look at the proxy, firewall or gateway between here and Keycloak.",
			"%s answered %d with %s: that is not Keycloak's answer; something in front of it sent it.", url, a.Exchange.Status, a.reason())
	case a.Exchange.Status == http.StatusUnauthorized:
		say(e, failure.AdminRefused, "", "401: the server does not know who is calling (%s).", a.reason())
	case a.Exchange.Status == http.StatusForbidden:
		say(e, failure.AdminRefused, "", "403: the server knows who is calling, and the caller may not (%s).", a.reason())
	case a.Exchange.Status == http.StatusNotFound:
		say(e, failure.NotFound, "Check whether it exists under this name, or was removed meanwhile, and try again.", "404: %s.", a.reason().Clause())
	case a.Exchange.Status == http.StatusConflict:
		say(e, failure.Conflict, "Someone else created it meanwhile: try again to use the existing one, or choose another name.", "409: %s.", a.reason().Clause())
	case a.Exchange.Status >= 500:
		say(e, failure.ServerError, "Check the server's log, and try again.", "The server failed with %d (%s).", a.Exchange.Status, a.reason())
	default:
		say(e, failure.Rejected, "Check the request and the response: the server's own words give the reason.", "%d: %s.", a.Exchange.Status, a.reason().Clause())
	}
	return e
}

// plainToTLS finds how web servers (Go's, Apache, nginx) answer plain http on their https port. Keycloak's own closes the
// connection.
var plainToTLS = regexp.MustCompile(`(?i)plain HTTP (request was sent )?to (an )?(HTTPS|SSL-enabled)|HTTP request to an HTTPS`)

// WantsCertificate reports whether a 400 is how nginx refuses a request without a client certificate, or with one that it does
// not trust. Others refuse in the handshake.
func WantsCertificate(body []byte) bool { return wantsCertificate.Match(body) }

var wantsCertificate = regexp.MustCompile(`No required SSL certificate was sent|The SSL certificate error`)

func orNowhere(location string) msg.Message {
	if location == "" {
		return msg.New("nowhere (no Location header)")
	}
	return msg.Verbatim(location)
}

// Unusable returns the error for an answer whose status is one of success, but which carries not what a success must carry.
func (a *Reply) Unusable(success int) *failure.Error {
	const kind, hint = failure.UnexpectedAnswer, "Something between here and Keycloak answers in its place, or this is not Keycloak: check the address."
	url, status := a.Exchange.URL, a.Exchange.Status
	e := &failure.Error{Status: status}
	switch t := a.mediaType(); {
	case success != http.StatusOK && status != success:
		say(e, kind, hint, "%s answered %d, but Keycloak answers %d there.", url, status, success)
	case a.IsJSON():
		say(e, kind, hint, "%s answered %d, but without the content that Keycloak returns there.", url, status)
	case len(a.Body) == 0 || a.isHTML():
		say(e, kind, hint, "%s answered %d, but with %s where Keycloak answers JSON.", url, status, a.reason())
	case t == "":
		say(e, kind, hint, "%s answered %d, but with content of unknown type where Keycloak answers JSON.", url, status)
	case t == "application/json":
		say(e, kind, hint, "%s answered %d, but with broken JSON.", url, status)
	default:
		say(e, kind, hint, "%s answered %d, but with content of type %s where Keycloak answers JSON.", url, status, t)
	}
	e.Mask(a.recorder.Mask)
	return e
}

// badUserCredentials is how the token endpoint refuses a wrong password, an unknown user, and a right password without the
// one-time code that the user needs: all alike, in 400 on 26.7.3 and in 401 on 24.0.5 and 26.4.0 (measured).
const badUserCredentials = "Invalid user credentials" // #nosec G101 -- what the server says
