package practice

import (
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"sync"
)

// What a new realm holds, one file a version, and what the version knows about
// authentication, in another (authentication-<version>.json); read from running servers
// (ids taken out, the issuer written as {issuer}). Each is JSON on one line, compressed: they would be 260 KB of the program.
//
//go:embed defaults/*.json.gz
var defaultsFS embed.FS

type roleDefault struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Composites  []string `json:"composites"`
}

type mapperDefault struct {
	Name           string            `json:"name"`
	Protocol       string            `json:"protocol"`
	ProtocolMapper string            `json:"protocolMapper"`
	Config         map[string]string `json:"config"`
}

type scopeDefault struct {
	Name            string            `json:"name"`
	Description     string            `json:"description"`
	Protocol        string            `json:"protocol"`
	Attributes      map[string]string `json:"attributes"`
	ProtocolMappers []mapperDefault   `json:"protocolMappers"`
}

type realmDefaults struct {
	Realm                 map[string]any             `json:"realm"`
	Master                map[string]any             `json:"master"`
	ClientScopes          []scopeDefault             `json:"clientScopes"`
	DefaultScopes         []string                   `json:"defaultScopes"`
	OptionalScopes        []string                   `json:"optionalScopes"`
	Flows                 []map[string]any           `json:"flows"`
	RequiredActions       json.RawMessage            `json:"requiredActions"`
	Profile               json.RawMessage            `json:"profile"`
	ProfileMetadata       json.RawMessage            `json:"profileMetadata"`
	CredentialRegistrator json.RawMessage            `json:"credentialRegistrators"`
	Components            []map[string]any           `json:"components"`
	Discovery             json.RawMessage            `json:"discovery"`
	UMA2                  json.RawMessage            `json:"uma2"`
	EventTypes            []string                   `json:"eventTypes"`
	ServerInfo            map[string]json.RawMessage `json:"serverInfo"`
	Roles                 map[string][]roleDefault   `json:"roles"`
	ClientMappers         map[string][]mapperDefault `json:"clientMappers"`

	auth flowDefaults // of the file authentication-<version>.json
}

var (
	defaultsMu    sync.Mutex
	defaultsCache = map[string]*realmDefaults{}
)

// loadDefaults parses a file of defaults once; the result is shared and never changed.
func loadDefaults(file string) (*realmDefaults, error) {
	defaultsMu.Lock()
	defer defaultsMu.Unlock()
	if d, ok := defaultsCache[file]; ok {
		return d, nil
	}
	d := &realmDefaults{}
	if err := readDefaults(file, d); err != nil {
		return nil, err
	}
	if err := readDefaults("authentication-"+file, &d.auth); err != nil {
		return nil, err
	}
	defaultsCache[file] = d
	return d, nil
}

// readDefaults reads one file of defaults.
func readDefaults(file string, into any) error {
	b, err := defaultsFS.Open("defaults/" + file + ".gz")
	if err != nil {
		return fmt.Errorf("practice: %w", err)
	}
	defer func() { _ = b.Close() }()
	text, err := gzip.NewReader(b)
	if err == nil {
		err = json.NewDecoder(text).Decode(into)
	}
	if err != nil {
		return fmt.Errorf("practice: defaults %s: %w", file, err)
	}
	return nil
}
