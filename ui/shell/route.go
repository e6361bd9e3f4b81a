package shell

import "fix403/flows/story"

// Place names a screen that others lead to. The table in ui/routes.go has them all.
type Place string

// Home is where every screen leads back to.
const Home Place = "home"

// Route is the way to a screen of another package: navigation is data, and only what resolves it knows the screens. A place
// takes of the rest what it needs.
type Route struct {
	To      Place
	Step    story.StepID
	Options *story.Options // of the story to open, nil for the current one; of a run to be resumed
	ForLab  bool           // the lab comes next, and not the story
	Same    bool           // with the client of the current story
	Remove  bool           // what the run that is resumed made, once its server is connected
	As      string         // version of the practice server; "" for the server of the story
}
