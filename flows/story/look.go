package story

import (
	"context"
	"slices"

	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
)

// Found is what can be seen of a server before anybody logs in.
type Found struct {
	URL       string // base URL, with the base path under which Keycloak was found
	Exchanges []wire.Exchange
}

// Look finds out whether there is a Keycloak at the URL of the options, without a login: it reads the public document of
// the realm master, and changes nothing. The exchanges come with an error, too. Errors are those of [keycloak.Open].
func Look(ctx context.Context, o Options) (Found, error) {
	transport, err := wire.NewTransport(o.TLS)
	if err != nil {
		return Found{}, err
	}
	defer transport.CloseIdleConnections()
	recorder := &wire.Recorder{}
	if o.Events != nil {
		recorder.OnRequest(func(b wire.Started) { o.Events(Event{Step: StepConnect, Request: &b}) })
		recorder.OnExchange(func(e wire.Exchange) { o.Events(Event{Step: StepConnect, Exchange: &e}) })
	}
	server, err := keycloak.Open(ctx, o.URL, keycloak.Options{Step: string(StepConnect), Transport: transport, Recorder: recorder, Timeout: o.Timeout, Now: o.Now, Once: true})
	found := Found{Exchanges: recorder.Exchanges()}
	if err == nil {
		found.URL = server.URL()
	}
	return found, err
}

// PracticeVersions are the versions that the practice server can answer as, the default first and then from new to old.
func PracticeVersions() []string {
	versions := practice.Versions()
	slices.Reverse(versions)
	i := slices.Index(versions, practice.DefaultVersion)
	return append([]string{practice.DefaultVersion}, slices.Delete(versions, i, i+1)...)
}

// PracticeMeasured reports whether what the practice server does as one of [PracticeVersions] was measured on a real one.
func PracticeMeasured(version string) bool { return practice.Measured(version) }

// PracticeName names one of [PracticeVersions], and says so where what the practice server does as that version is from
// Keycloak's documents and was not measured.
func PracticeName(version string) msg.Message {
	if practice.Measured(version) {
		return msg.Verbatim(version)
	}
	return msg.New("%s (as documented, not measured)", version)
}

// ServerVersion names the version of the server: that of [PracticeName] for the practice server. "" stays "".
func (s State) ServerVersion() msg.Message {
	if s.Practice && s.Version != "" {
		return PracticeName(s.Version)
	}
	return msg.Verbatim(s.Version)
}
