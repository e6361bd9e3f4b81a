package kit

import (
	"testing"

	"fix403/flows/story"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

func TestHideTellsWhetherItHid(t *testing.T) {
	var r Reveal
	held := []story.Revealable{{What: msg.Verbatim("a"), Secret: wire.NewSecret("b")}}
	if r.Show(held) == nil || len(r.shown) != 1 {
		t.Fatal("nothing is shown")
	}
	old := HideMsg{r.gen}
	r.Hide()
	if r.Show(held) != nil || len(r.shown) != 0 {
		t.Error("the key that hides shows again")
	}
	r.Hide()
	r.Show(held)
	if r.Late(old); len(r.shown) != 1 {
		t.Error("an old timer hides what was shown later")
	}
	r.Late(HideMsg{r.gen})
	if len(r.shown) != 0 {
		t.Error("the timer does not hide")
	}
}
