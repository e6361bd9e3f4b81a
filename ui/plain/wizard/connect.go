package wizard

import (
	"context"

	"fix403/flows/risk"
	"fix403/flows/story"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// confirmRisks asks before a step that is risky. Only yes is taken for an agreement.
func (w *wizard) confirmRisks(ctx context.Context, step *story.Step) (bool, error) {
	st := w.story.State()
	if st.Practice {
		return true, nil
	}
	var risks []msg.Message
	switch step.ID {
	case story.StepConnect:
		if warning := risk.PlainHTTP(w.story.Value("url")); !warning.Empty() {
			risks = append(risks, warning)
		}
	case story.StepRealm:
		risks = risk.Caution(st.URL, st.Params, st.Existing)
	default:
	}
	if len(risks) == 0 {
		return true, nil
	}
	for _, warning := range risks {
		w.print("Careful: %s", warning)
	}
	text, err := w.ask(ctx, w.T("Type yes to do it anyway> "))
	return w.isYes(text), err
}

// useExisting has the realm's step done again inside a realm that is not ours.
func (w *wizard) useExisting(ctx context.Context, step *story.Step) error {
	if step.ID != story.StepRealm || !w.story.State().CanUseExisting() {
		w.print("This is for an existing realm that fix403 did not create: the step Create the realm shows when that is so.")
		return nil
	}
	if err := w.story.UseExisting(); err != nil {
		w.failure(err)
		return nil
	}
	return w.do(ctx, step)
}

// do does a step that the user agreed to.
func (w *wizard) do(ctx context.Context, step *story.Step) error {
	if agreed, err := w.confirmRisks(ctx, step); !agreed || err != nil {
		return err
	}
	w.print("Working ...")
	return w.perform(ctx, step, w.story.Do)
}

// oneTimeCode asks for the code of an admin who may need one.
func (w *wizard) oneTimeCode(ctx context.Context) (code wire.Secret, err error) {
	prompt := w.T("Refused. One-time code, if this admin has one (enter for none)> ")
	var text string
	if w.o.ReadSecret != nil {
		text, err = w.o.ReadSecret(prompt)
	} else {
		text, err = w.ask(ctx, prompt)
	}
	return wire.NewSecret(text), err
}
