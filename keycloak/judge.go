package keycloak

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"regexp"
	"strings"
	"syscall"
)

// noAnswer turns an error of the transport into a typed one. outer is the context without our own time-out.
func noAnswer(outer context.Context, url string, err error) *Error {
	e := &Error{Err: err}
	var (
		typed     *Error
		unknownCA x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		dns       *net.DNSError
		timeout   net.Error
	)
	switch {
	case errors.As(err, &typed): // not sent at all
		return &Error{Kind: typed.Kind, Message: typed.Message, Hint: typed.Hint, Err: typed.Err}
	case outer.Err() != nil && errors.Is(outer.Err(), context.Canceled):
		e.Kind, e.Message, e.Err = KindCanceled, "The call was given up.", context.Canceled
		e.Hint = "Try again when you like: what was made so far is used again."
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		e.Kind, e.Message = KindTimeout, "No whole answer came from "+url+" in time."
		e.Hint = "Try again, or allow more time (start fix403 with --timeout)."
		if !errors.Is(err, context.DeadlineExceeded) {
			e.Err = errors.Join(context.DeadlineExceeded, err)
		}
	case errors.Is(err, errTooLarge):
		e.Kind, e.Message = KindUnexpectedAnswer, fmt.Sprintf("The answer of %s is larger than %d MiB.", url, maxBody>>20)
		e.Hint = "No call of fix403 gets such an answer from a Keycloak: check the address."
	case errors.As(err, &unknownCA):
		e.Kind, e.Message = KindTLS, "The certificate of "+url+" comes from an authority that this machine does not know."
		e.Hint = "Start fix403 with your CA's certificate: --ca-cert FILE (PEM)."
	case errors.As(err, &hostname):
		e.Kind, e.Message = KindTLS, "The certificate is for another name: "+hostname.Error()+"."
		e.Hint = "Use the name that stands in the certificate."
	case errors.As(err, &invalid):
		e.Kind, e.Message = KindTLS, "The certificate of "+url+" is not valid: "+invalid.Error()+"."
		e.Hint = "Check its dates on the server, and this machine's clock."
	case errors.As(err, &record), strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		e.Kind, e.Message = KindTLS, url+" answers in plain http, not https."
		e.Hint = "Use http:// in the URL, or the server's https port."
	case strings.Contains(err.Error(), "tls: "), strings.Contains(err.Error(), "x509: "):
		e.Kind, e.Message = KindTLS, "The TLS handshake with "+url+" failed: "+lastPart(err)+"."
		e.Hint = "If the server asks for a client certificate, start fix403 with one: --client-cert and --client-key."
	case atProxy(err):
		e.Kind, e.Message = KindUnreachable, "The proxy on the way to "+url+" can not be reached: "+lastPart(err)+"."
		e.Hint = proxyHint
	case errors.As(err, &dns):
		e.Kind, e.Message = KindUnreachable, "There is no host of the name "+dns.Name+"."
		e.Hint = "Check the spelling of the URL."
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Kind, e.Message = KindUnreachable, "Nothing listens at "+url+" (connection refused)."
		e.Hint = "Check host and port, and that the server runs."
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		e.Kind, e.Message = KindUnreachable, "The connection to "+url+" broke before the whole answer came."
		e.Hint = "Try again; if it stays so, check that this is the server's http port and not its https port."
	default:
		e.Kind, e.Message = KindUnreachable, url+" can not be reached: "+lastPart(err)+"."
		e.Hint = "Check host and port."
	}
	return e
}

// proxyHint says where the proxy comes from.
const proxyHint = "It is named by HTTPS_PROXY or HTTP_PROXY in the environment: correct it there, or name the server's host in NO_PROXY."

// proxyRefused is the error for a proxy's answer in the place of the server's.
func proxyRefused(url string, status int) *Error {
	e := &Error{Kind: KindUnreachable, Status: status, Hint: proxyHint}
	e.Message = fmt.Sprintf("The proxy on the way to %s answered %d %s, and connects to nothing.", url, status, http.StatusText(status))
	if status == http.StatusProxyAuthRequired {
		e.Message = fmt.Sprintf("The proxy on the way to %s wants a login (407).", url)
		e.Hint = "Write the proxy's user and password into HTTPS_PROXY or HTTP_PROXY, as http://user:password@host:port, or name the server's host in NO_PROXY."
	}
	return e
}

// lastPart is the innermost reason of an error of net/http, whose texts repeat the address in front of it.
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

func (a *answer) errorBody() errorBody {
	var b errorBody
	_ = json.Unmarshal(a.body, &b)
	return b
}

// maxReason is how many characters of a server's words are quoted; Keycloak's longest, about unknown fields, has some 1500.
const maxReason = 2000

// reason is Keycloak's own words in an answer, or what the body is instead.
func (a *answer) reason() string {
	b := a.errorBody()
	for _, text := range []string{b.Description, b.Message, b.Error} {
		if text != "" && !strings.HasPrefix(text, "For more on this error") {
			if runes := []rune(text); len(runes) > maxReason {
				text = string(runes[:maxReason]) + "…"
			}
			return text
		}
	}
	switch {
	case len(a.body) == 0:
		return "empty body"
	case a.isHTML():
		return "a page of HTML"
	default:
		return "no reason in the body"
	}
}

func (a *answer) mediaType() string {
	t, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}

func (a *answer) isHTML() bool {
	return a.mediaType() == "text/html" || bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("<"))
}

func (a *answer) isJSON() bool {
	t := a.mediaType()
	return (t == "application/json" || strings.HasSuffix(t, "+json")) && json.Valid(a.body)
}

// whoseAnswer says how Keycloak's refusals are told from those of something in between: Keycloak's admin API and token
// endpoint answer errors as JSON with an "error" field (FACTS, section 0).
func (a *answer) fromKeycloak() bool {
	return len(a.body) == 0 || a.errorBody().Error != "" || a.errorBody().Message != ""
}

// refusal turns an answer that is no success into a typed error; nil for 2xx.
func (a *answer) refusal() *Error {
	url := a.exchange.URL
	e := &Error{Status: a.status}
	switch {
	case a.status >= 200 && a.status < 300:
		return nil
	case a.status >= 300 && a.status < 400:
		location := a.exchange.ResponseHeader.Get("Location")
		e.Kind = KindRedirected
		e.Message = fmt.Sprintf("%s redirects (%d) to %s.", url, a.status, orNowhere(location))
		e.Hint = "fix403 follows no redirect, since that would hand credentials to another address: give the address that the server itself uses."
		if base, err := NormalizeURL(location); err == nil && strings.HasPrefix(location, base+"/realms/") {
			e.Hint = "fix403 follows no redirect, since that would hand credentials to another address: if that is your server, give its address itself, " + base + "."
		}
	case a.status == http.StatusForbidden && a.errorBody().Description == "HTTPS required":
		e.Kind, e.Message = KindHTTPSRequired, "The realm requires https for requests from this address (sslRequired)."
		e.Hint = "Use the server's https address."
	case a.status == http.StatusBadRequest && plainToTLS.Match(a.body):
		e.Kind, e.Message = KindHTTPSRequired, fmt.Sprintf("%s is an https port, and was asked in plain http.", origin(url))
		e.Hint = "Use https:// in the URL."
	case a.status == http.StatusBadRequest && WantsCertificate(a.body):
		e.Kind, e.Message = KindTLS, fmt.Sprintf("%s asks for a client certificate, and got none that it accepts.", origin(url))
		e.Hint = "Start fix403 with one: --client-cert and --client-key (PEM files)."
	case a.status == http.StatusProxyAuthRequired:
		return proxyRefused(origin(url), a.status)
	case a.status == http.StatusTooManyRequests:
		e.Kind, e.Message = KindRejected, "429: the server asks for fewer requests."
		e.Hint = "Wait a while and try again."
		if wait := a.retryAfter(a.exchange.Started); wait > 0 {
			e.Hint = fmt.Sprintf("Wait %s, as the server asks, and try again.", wait)
		}
	case a.status >= 400 && a.status < 500 && !a.fromKeycloak():
		e.Kind = KindNotKeycloak
		e.Message = fmt.Sprintf("%s answered %d with %s: that is not Keycloak's answer, but one of something in front of it.", url, a.status, a.reason())
		e.Hint = "Look at the proxy, firewall or gateway between here and Keycloak."
	case a.status == http.StatusUnauthorized:
		e.Kind, e.Message = KindAdminRefused, "401: the server does not know who is calling ("+a.reason()+")."
	case a.status == http.StatusForbidden:
		e.Kind, e.Message = KindAdminRefused, "403: the server knows who is calling, and the caller may not ("+a.reason()+")."
	case a.status == http.StatusNotFound:
		e.Kind, e.Message = KindNotFound, "404: "+strings.TrimSuffix(a.reason(), ".")+"."
		e.Hint = "Look whether it is on the server under this name, or was removed meanwhile, and try again."
	case a.status == http.StatusConflict:
		e.Kind, e.Message = KindConflict, "409: "+strings.TrimSuffix(a.reason(), ".")+"."
		e.Hint = "Somebody else created it meanwhile: try again, and what is there is looked at, or take another name."
	case a.status >= 500:
		e.Kind, e.Message = KindServerError, fmt.Sprintf("The server failed with %d (%s).", a.status, a.reason())
		e.Hint = "Look into the server's log, and try again."
	default:
		e.Kind, e.Message = KindRejected, fmt.Sprintf("%d: %s.", a.status, strings.TrimSuffix(a.reason(), "."))
		e.Hint = "Look at the request and its answer: the server's own words say what it does not accept."
	}
	return e
}

// plainToTLS finds how web servers (Go's, Apache, nginx) answer plain http on their https port. Keycloak's own closes the
// connection.
var plainToTLS = regexp.MustCompile(`(?i)plain HTTP (request was sent )?to (an )?(HTTPS|SSL-enabled)|HTTP request to an HTTPS`)

// WantsCertificate tells whether a 400 is how nginx refuses a request without a client certificate, or with one that it does
// not trust. Others refuse in the handshake.
func WantsCertificate(body []byte) bool { return wantsCertificate.Match(body) }

var wantsCertificate = regexp.MustCompile(`No required SSL certificate was sent|The SSL certificate error`)

func orNowhere(location string) string {
	if location == "" {
		return "nowhere (no Location header)"
	}
	return location
}

// unusable is the error for an answer whose status is one of success, but which carries not what a success must carry.
func (a *answer) unusable(success int) *Error {
	what := "with " + a.reason()
	switch t := a.mediaType(); {
	case success != http.StatusOK && a.status != success:
		what = fmt.Sprintf("Keycloak answers %d there", success)
	case a.isJSON():
		what = "without the content that Keycloak answers there"
	case len(a.body) == 0 || a.isHTML():
		what += " where Keycloak answers JSON"
	case t == "":
		what = "with content of unknown type where Keycloak answers JSON"
	case t == "application/json":
		what = "with broken JSON"
	default:
		what = "with content of type " + t + " where Keycloak answers JSON"
	}
	return &Error{
		Kind: KindUnexpectedAnswer, Status: a.status,
		Message: fmt.Sprintf("%s answered %d, but %s.", a.exchange.URL, a.status, what),
		Hint:    "Something between here and Keycloak answers in its place, or this is no Keycloak: check the address.",
	}
}
