package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"
)

// untar is what a tar holds, by path, and its headers.
func untar(t *testing.T, packed []byte) (map[string][]byte, map[string]*tar.Header) {
	t.Helper()
	files, headers := map[string][]byte{}, map[string]*tar.Header{}
	for r := tar.NewReader(bytes.NewReader(packed)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, headers
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		headers[h.Name] = h
	}
}

// TestContainer reads the images as an engine does: each part by its sum, from the index to the files of a layer.
func TestContainer(t *testing.T) {
	at := time.Unix(1700000000, 0).UTC()
	var made []archive
	for _, arch := range []string{"amd64", "arm64"} {
		made = append(made, archive{system: "linux", arch: arch, at: at, installed: []file{{"fix403", 0o755, []byte("program for " + arch)}, {"usr/share/doc/fix403/NOTICE", 0o644, []byte("notice")}}})
	}
	made = append(made, archive{system: "darwin", arch: "arm64", at: at})
	image, err := container("1.2.3", made)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := container("1.2.3", made); err != nil || !bytes.Equal(image.data, again.data) {
		t.Errorf("made twice, and they differ: %v", err)
	}
	if image.path != "fix403_1.2.3_oci.tar" {
		t.Errorf("%s", image.path)
	}
	files, _ := untar(t, image.data)
	if string(files["oci-layout"]) != `{"imageLayoutVersion":"1.0.0"}` {
		t.Errorf("%s", files["oci-layout"])
	}
	// get is a part, which has to have the sum and the size by which it is named.
	get := func(b blob, kind string, into any) []byte {
		t.Helper()
		data := files["blobs/sha256/"+b.Digest[len("sha256:"):]]
		if b.MediaType != kind || b.Size != len(data) || b.Digest != fmt.Sprintf("sha256:%x", sha256.Sum256(data)) {
			t.Fatalf("%+v", b)
		}
		if into != nil {
			if err := json.Unmarshal(data, into); err != nil {
				t.Fatal(err)
			}
		}
		return data
	}
	type index struct{ Manifests []blob }
	var top index
	if err := json.Unmarshal(files["index.json"], &top); err != nil || len(top.Manifests) != 2 {
		t.Fatalf("%v %s", err, files["index.json"])
	}
	for i, name := range []string{"1.2.3", "1.2.3-practice"} {
		if got := top.Manifests[i].Annotations["org.opencontainers.image.ref.name"]; got != name {
			t.Errorf("%s, not %s", got, name)
		}
		var of index
		get(top.Manifests[i], imageIndex, &of)
		if len(of.Manifests) != 2 {
			t.Fatalf("%+v", of)
		}
		for j, arch := range []string{"amd64", "arm64"} {
			var m struct {
				Config blob
				Layers []blob
			}
			if get(of.Manifests[j], imageManifest, &m); of.Manifests[j].Platform["architecture"] != arch || len(m.Layers) != 1 {
				t.Fatalf("%+v", m)
			}
			var c struct {
				Created          time.Time
				Architecture, OS string
				Config           struct {
					User            string
					Env             []string
					Entrypoint, Cmd []string
					Healthcheck     *struct {
						Test              []string
						Interval, Timeout time.Duration
					}
				}
				RootFS struct {
					DiffIDs []string `json:"diff_ids"`
				}
			}
			get(m.Config, imageConfig, &c)
			gz, err := gzip.NewReader(bytes.NewReader(get(m.Layers[0], imageLayer, nil)))
			if err != nil {
				t.Fatal(err)
			}
			raw, err := io.ReadAll(gz)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(c.RootFS.DiffIDs, []string{fmt.Sprintf("sha256:%x", sha256.Sum256(raw))}) || c.OS != "linux" || c.Architecture != arch || !c.Created.Equal(at) ||
				c.Config.User != "65532:65532" || !slices.Equal(c.Config.Entrypoint, []string{"/fix403"}) || !slices.Equal(c.Config.Env, []string{"HOME=/tmp"}) {
				t.Errorf("%+v", c)
			}
			switch h := c.Config.Healthcheck; {
			case i == 0 && (h != nil || c.Config.Cmd != nil):
				t.Errorf("%+v", c)
			case i == 1 && (h == nil || !slices.Equal(h.Test, []string{"CMD", "/fix403", "practice", "--check"}) || h.Interval != 10*time.Second || !slices.Equal(c.Config.Cmd, []string{"practice", "--listen", "0.0.0.0"})):
				t.Errorf("%+v", c)
			}
			in, headers := untar(t, raw)
			if string(in["fix403"]) != "program for "+arch || headers["fix403"].Mode != 0o755 || headers["tmp/"].Mode != 0o1777 || headers["tmp/"].Typeflag != tar.TypeDir || string(in["usr/share/doc/fix403/NOTICE"]) != "notice" {
				t.Errorf("%v", headers)
			}
			for name, h := range headers {
				if h.Uid != 0 || h.Gid != 0 || !h.ModTime.Equal(at) {
					t.Errorf("%s: %+v", name, h)
				}
			}
			if pool := x509.NewCertPool(); !pool.AppendCertsFromPEM(in["etc/ssl/certs/ca-certificates.crt"]) || bytes.Count(in["etc/ssl/certs/ca-certificates.crt"], []byte("BEGIN CERTIFICATE")) < 50 {
				t.Error("nothing is trusted")
			}
		}
	}
}
