package plain

import (
	"strings"
	"testing"

	"fix403/flows/handtest"
)

func TestPracticeTextKeepsSecretsOffCommandLines(t *testing.T) {
	if found := handtest.Shape(tryText + learnersText); found != "" || !strings.Contains(tryText, "every user") {
		t.Errorf("%s\n%s", found, tryText)
	}
}
