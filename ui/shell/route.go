package shell

import "fix403/flows/story"

// Place names a screen that others lead to.
type Place string

// The places of the wizard.
const (
	PlaceHome     Place = "home"
	PlaceServer   Place = "server"  // a server of the user's own: what is connected there already, or else the form
	PlaceConnect  Place = "connect" // the form
	PlaceStep     Place = "step"
	PlaceLab      Place = "lab"
	PlaceDiagnose Place = "diagnose"
	PlaceRoles    Place = "roles"
	PlaceDemo     Place = "demo"
)

// Route is the way to a screen of another package: navigation is data, and only what resolves it knows the screens.
type Route struct {
	To      Place
	Step    story.StepID   // at PlaceStep
	Options *story.Options // at PlaceStep, of the story to be told, nil for the one that is told; at PlaceConnect, of a run to be resumed
	ForLab  bool           // at PlaceServer: the lab comes next, and not the story
	As      string         // at PlaceLab and PlaceDemo, the version of the practice server; at PlaceLab "" for the server of the story
}
