package doctor

import (
	"strings"
	"testing"

	"fix403/flows/doctor/given"
	"fix403/flows/params"
	"fix403/flows/story"
)

// firstCall returns the options to diagnose the first call of a story, whose client has no role, on a practice server.
func firstCall(t *testing.T) given.Options {
	t.Helper()
	s, err := story.New(story.Options{Practice: true, Params: params.DefaultParams()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if err := s.DoThrough(t.Context(), story.StepFirstCall); err != nil {
		t.Fatal(err)
	}
	st := s.State()
	access := s.Access()
	return given.Options{
		URL: st.URL, Origin: given.Named, Transport: access.Transport, Realm: st.Params.Realm, ClientID: st.Params.ClientID, Secret: s.ClientSecret(),
		Path: strings.TrimPrefix(st.CallURL(), st.URL), Admin: &access.Admin, Write: true,
	}
}
