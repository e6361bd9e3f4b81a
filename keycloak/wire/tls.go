package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"maps"
	"net/http"
	"net/url"
	"time"

	"fix403/keycloak/failure"
	"fix403/keycloak/foreign"
)

// TLS tells how a server's certificate is checked and what we show of our own.
type TLS struct {
	CACert     string // PEM file of certificates trusted in place of the system's roots
	ClientCert string // PEM file
	ClientKey  string // PEM file
	Insecure   bool   // accepts any certificate

	pipes map[string]string // what was read by [TLS.ReadPipes], by path
}

// maxPEM is the largest file of certificates that is read: all that a system trusts has some 300 KB.
const maxPEM = 4 << 20

// pemTime is how long a pipe with certificates may take where nobody says otherwise.
const pemTime = 30 * time.Second

// ReadPipes returns t with what those of its files hold that are pipes, such as <(command) in a shell: they can be read only
// once, and a command may connect more often. Errors are those of a file that cannot be read, or of ctx.
func (t TLS) ReadPipes(ctx context.Context) (TLS, error) {
	pipes := maps.Clone(t.pipes)
	for _, path := range []string{t.CACert, t.ClientCert, t.ClientKey} {
		if _, known := pipes[path]; known || !foreign.IsPipe(path) {
			continue
		}
		text, err := foreign.ReadFile(ctx, path, maxPEM)
		if err != nil {
			return t, err
		}
		if pipes == nil {
			pipes = map[string]string{}
		}
		pipes[path] = string(text)
	}
	t.pipes = pipes
	return t, nil
}

func (t TLS) file(path string) ([]byte, error) {
	if text, read := t.pipes[path]; read {
		return []byte(text), nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), pemTime)
	defer cancel()
	return foreign.ReadFile(ctx, path, maxPEM)
}

func (t TLS) clientCertificate() (tls.Certificate, error) {
	cert, err := t.file(t.ClientCert)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := t.file(t.ClientKey)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(cert, key)
}

// NewTransport returns a transport for a real server: no compression and no redirects, one pool of kept-alive
// connections, proxy from the environment. Unreadable files give [failure.BadInput].
func NewTransport(o TLS) (*http.Transport, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: o.Insecure} // #nosec G402 -- asked for by --insecure, with a warning each time
	if o.CACert != "" {
		pem, err := o.file(o.CACert)
		if err != nil {
			return nil, failure.NewBadInput("Name a readable PEM file.", "The CA file cannot be read: %v.", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, failure.NewBadInput("A PEM file has lines with -----BEGIN CERTIFICATE-----.", "The CA file %s holds no PEM certificate.", o.CACert)
		}
	}
	if (o.ClientCert == "") != (o.ClientKey == "") {
		return nil, failure.NewBadInput("Give both or neither.", "A client certificate needs its key, and a key its certificate.")
	}
	if o.ClientCert != "" {
		pair, err := o.clientCertificate()
		if err != nil {
			return nil, failure.NewBadInput("Give a PEM certificate and the key that belongs to it.", "The client certificate cannot be used: %v.", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = config
	t.Protocols = &http.Protocols{} // HTTP/1.1 alone, in every build: the released one has no HTTP/2
	t.Protocols.SetHTTP1(true)
	t.MaxIdleConnsPerHost = 8
	t.MaxResponseHeaderBytes = maxHeader
	t.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, req *http.Request, res *http.Response) error {
		if res.StatusCode != http.StatusOK {
			return proxyRefused("https://"+req.Host, res.StatusCode)
		}
		return nil
	}
	return t, nil
}

// CloseIdle closes a transport's idle connections, where it has any.
func CloseIdle(t http.RoundTripper) {
	if c, ok := t.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
