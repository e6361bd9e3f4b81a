package story

import (
	"context"
	"slices"

	"fix403/keycloak"
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
