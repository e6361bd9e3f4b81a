package plain

import (
	"context"

	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak"
)

// agrees asks before a step that is risky. Only yes is taken for an agreement.
func (t *teller) agrees(ctx context.Context, step *story.Step) (bool, error) {
	st := t.story.State()
	if st.Practice {
		return true, nil
	}
	var risks []string
	switch step.ID {
	case story.StepConnect:
		if risk := story.PlainHTTP(t.story.Value("url")); risk != "" {
			risks = append(risks, risk)
		}
	case story.StepRealm:
		risks = story.Caution(st.URL, st.Params, st.Existing)
	case story.StepClient, story.StepUser, story.StepFirstCall, story.StepGrant, story.StepSecondCall:
	}
	if len(risks) == 0 {
		return true, nil
	}
	for _, risk := range risks {
		t.print("Careful: %s", risk)
	}
	text, err := t.ask(ctx, texts.T("Type yes to do it all the same> "))
	return isYes(text), err
}

// useExisting has the realm's step done again inside a realm that is not ours.
func (t *teller) useExisting(ctx context.Context, step *story.Step) error {
	if step.ID != story.StepRealm || !t.story.CanUseExisting() {
		t.print("That is for a realm that is there and is not ours: the step Create the realm says when it is so.")
		return nil
	}
	if err := t.story.UseExisting(); err != nil {
		t.failure(err)
		return nil
	}
	return t.do(ctx, step)
}

// do does a step that somebody agreed to.
func (t *teller) do(ctx context.Context, step *story.Step) error {
	if agreed, err := t.agrees(ctx, step); !agreed || err != nil {
		return err
	}
	t.print("Working ...")
	return t.perform(ctx, step, t.story.Do)
}

// oneTimeCode asks for the code of an admin who may need one.
func (t *teller) oneTimeCode(ctx context.Context) (code keycloak.Secret, err error) {
	prompt := texts.T("Refused. One-time code, if this admin has one (enter for none)> ")
	var text string
	if t.o.ReadSecret != nil {
		text, err = t.o.ReadSecret(prompt)
	} else {
		text, err = t.ask(ctx, prompt)
	}
	return keycloak.NewSecret(text), err
}
