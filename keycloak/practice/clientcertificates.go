package practice

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"net/http"
	"time"
)

// Keys and certificates of a client, kept in its attributes under a prefix: jwt.credential for what it signs its requests with.
// Measured on 26.7.4.

func buildCertificates() *class {
	return (&class{}).
		on("GET", "", (*call).getCertificate).
		onAny("POST", "generate", (*call).generateCertificate).
		onAny("POST", "upload", (*call).uploadCertificate).
		onAny("POST", "upload-certificate", (*call).uploadCertificate).
		onAny("POST", "download", lacking((*call).requireViewClient, "keystores")).
		onAny("POST", "generate-and-download", lacking((*call).requireManageClient, "keystores"))
}

// certificateParts are the fields of a CertificateRepresentation, and where their values stand.
var certificateParts = map[string]string{"privateKey": ".private.key", "publicKey": ".public.key", "certificate": ".certificate", "kid": ".kid"}

func (c *call) certificateRep() map[string]any {
	m := map[string]any{}
	for field, suffix := range certificateParts {
		if v := c.client.attribs[c.param("attr")+suffix]; v != "" {
			m[field] = v
		}
	}
	return m
}

func (c *call) getCertificate() error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	return c.ok(c.certificateRep())
}

// setCertificate replaces whatever the client has under the prefix.
func (c *call) setCertificate(parts map[string]string) {
	for field, suffix := range certificateParts {
		delete(c.client.attribs, c.param("attr")+suffix)
		if v := parts[field]; v != "" {
			c.client.attribs[c.param("attr")+suffix] = v
		}
	}
}

func (c *call) generateCertificate() error {
	if err := c.requireManageClient(); err != nil {
		return err
	}
	c.cost += 8 << 10 // what it leaves is more than what was sent
	key, err := c.s.newKey()
	if err != nil {
		return c.errInternal()
	}
	from := c.now.Add(-100 * time.Second)
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(from.UnixMilli()), Subject: pkix.Name{CommonName: c.client.clientID},
		NotBefore: from, NotAfter: from.AddDate(3, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		return c.errInternal()
	}
	c.setCertificate(map[string]string{"privateKey": base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PrivateKey(key)), "certificate": base64.StdEncoding.EncodeToString(der)})
	return c.ok(c.certificateRep())
}

// uploadCertificate takes a certificate or a public key as PEM, with its frame or without.
func (c *call) uploadCertificate() error {
	if err := c.requireManageClient(); err != nil {
		return err
	}
	form := c.parts()
	format, given := form["keystoreFormat"]
	if !given {
		return errText(http.StatusBadRequest, "keystoreFormat cannot be null")
	}
	part := map[string]string{"Certificate PEM": "certificate", "Public Key PEM": "publicKey"}[format]
	switch {
	case format == "JKS" || format == "PKCS12" || format == "BCFKS":
		return errNotImplemented("keystores")
	case format == "JSON Web Key Set":
		return errNotImplemented("key sets of a client in a file")
	case part == "":
		return c.errInternal()
	}
	text := []byte(form["file"])
	der, err := base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(text), nil)))
	if block, _ := pem.Decode(text); block != nil {
		der, err = block.Bytes, nil
	}
	if err == nil && part == "certificate" {
		_, err = x509.ParseCertificate(der)
	} else if err == nil {
		_, err = x509.ParsePKIXPublicKey(der)
	}
	if err != nil {
		return c.errInternal()
	}
	c.setCertificate(map[string]string{part: base64.StdEncoding.EncodeToString(der)})
	return c.ok(c.certificateRep())
}

// parts are those of a multipart form, by name.
func (c *call) parts() map[string]string {
	out := map[string]string{}
	kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return out
	}
	for r := multipart.NewReader(bytes.NewReader(c.body), params["boundary"]); ; {
		p, err := r.NextPart()
		if err != nil {
			return out
		}
		b, _ := io.ReadAll(p) // of what is in memory already
		out[p.FormName()] = string(b)
	}
}
