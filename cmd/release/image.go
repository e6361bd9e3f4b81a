package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// The media types of an image by the OCI's specification.
const (
	imageIndex    = "application/vnd.oci.image.index.v1+json"
	imageManifest = "application/vnd.oci.image.manifest.v1+json"
	imageConfig   = "application/vnd.oci.image.config.v1+json"
	imageLayer    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// practiceImage ends the name of the image that serves the practice server.
const practiceImage = "-practice"

// blob is how an image refers to a part of it.
type blob struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Platform    map[string]string `json:"platform,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// layout is an image as files, each part named after its sum.
type layout struct {
	files []file
	had   map[string]bool
}

func (l *layout) add(mediaType string, data []byte) blob {
	sum := fmt.Sprintf("%x", sha256.Sum256(data))
	if !l.had[sum] {
		l.had[sum], l.files = true, append(l.files, file{"blobs/sha256/" + sum, 0o644, data})
	}
	return blob{MediaType: mediaType, Digest: "sha256:" + sum, Size: len(data)}
}

func (l *layout) json(mediaType string, content any) blob {
	text, err := json.Marshal(content)
	if err != nil {
		panic(err) // maps, lists and texts
	}
	return l.add(mediaType, text)
}

func (l *layout) index(of []blob) blob {
	return l.json(imageIndex, map[string]any{"schemaVersion": 2, "mediaType": imageIndex, "manifests": of})
}

// container is the program and the practice server as images: one OCI archive, for each architecture of Linux. Nothing in it runs as root.
func container(version string, made []archive) (file, error) {
	at := made[0].at
	l := &layout{had: map[string]bool{}}
	images := map[string][]blob{}
	for _, a := range made {
		if a.system != "linux" {
			continue
		}
		layer, raw, err := layerOf(a.installed, at)
		if err != nil {
			return file{}, err
		}
		content := l.add(imageLayer, layer)
		for _, name := range []string{version, version + practiceImage} {
			config := map[string]any{"User": "65532:65532", "Env": []string{"HOME=/tmp"}, "Entrypoint": []string{"/fix403"}, "Labels": map[string]string{
				"org.opencontainers.image.title": "fix403", "org.opencontainers.image.version": version, "org.opencontainers.image.licenses": "Apache-2.0"}}
			if name != version {
				config["Cmd"], config["ExposedPorts"] = []string{"practice", "--listen", "0.0.0.0"}, map[string]any{"8403/tcp": struct{}{}}
				// Not of the OCI, but Docker reads it here.
				config["Healthcheck"] = map[string]any{"Test": []string{"CMD", "/fix403", "practice", "--check"}, "Interval": 10 * time.Second, "Timeout": 3 * time.Second, "StartPeriod": 5 * time.Second}
			}
			m := l.json(imageManifest, map[string]any{"schemaVersion": 2, "mediaType": imageManifest, "layers": []blob{content},
				"config": l.json(imageConfig, map[string]any{"created": at.Format(time.RFC3339), "os": a.system, "architecture": a.arch, "config": config,
					"rootfs": map[string]any{"type": "layers", "diff_ids": []string{fmt.Sprintf("sha256:%x", sha256.Sum256(raw))}}})})
			m.Platform = map[string]string{"os": a.system, "architecture": a.arch}
			images[name] = append(images[name], m)
		}
	}
	var refs []blob
	for _, name := range []string{version, version + practiceImage} {
		ref := l.index(images[name])
		ref.Annotations = map[string]string{"org.opencontainers.image.ref.name": name}
		refs = append(refs, ref)
	}
	text, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": imageIndex, "manifests": refs})
	if err != nil {
		return file{}, err
	}
	l.files = append(l.files, file{"index.json", 0o644, text}, file{"oci-layout", 0o644, []byte(`{"imageLayoutVersion":"1.0.0"}`)})
	var packed bytes.Buffer
	if err := tarred(&packed, l.files, at); err != nil {
		return file{}, err
	}
	return file{"fix403_" + version + "_oci.tar", 0o644, packed.Bytes()}, nil
}

// layerOf is what is in the image: the program, what may be trusted, the licences, and a place for files. It is packed and, for its sum, unpacked.
func layerOf(installed []file, at time.Time) (packed, raw []byte, err error) {
	var trusted bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue // a file of certificates cannot say for what they are good
		}
		if err := pem.Encode(&trusted, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return nil, nil, err
		}
	}
	files := append([]file{{"etc/ssl/certs/ca-certificates.crt", 0o644, trusted.Bytes()}, {"tmp/", 0o1777, nil}}, installed...)
	var b, gz bytes.Buffer
	if err := tarred(&b, files, at); err != nil {
		return nil, nil, err
	}
	w, err := gzip.NewWriterLevel(&gz, gzip.BestCompression)
	if err != nil {
		return nil, nil, err
	}
	_, err = w.Write(b.Bytes())
	err = errors.Join(err, w.Close())
	return gz.Bytes(), b.Bytes(), err
}
