package acceptance

import (
	"fmt"
	"net/http"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"fix403/keycloak/testrun"
)

// measure asks the server itself, without the doctor, whether the set-up is what its case says.
func (s *scene) measure(t *testing.T, a ask, want int, mark string) {
	t.Helper()
	s.measured = -1
	if want < 0 {
		return
	}
	s.measured = want
	if status, body := s.probe(a); status != want || !strings.Contains(string(body), mark) {
		t.Fatalf("the server answers %d, not %d: %.300s", status, want, body)
	}
}

func (a ask) marked() string {
	if a.mark == "" {
		return "john-doe"
	}
	return a.mark
}

// TestDoctor runs the built program on broken and healthy set-ups on practice servers. Plain go test takes one set-up for
// each verdict; of the older versions a sample, and what is not on the newest one.
func TestDoctor(t *testing.T) {
	t.Parallel()
	needsDoctor(t)
	eachPractice(t, []string{"26.7.3"}, func(t *testing.T, on *target) {
		cases := allBroken()
		if !testrun.Whole() {
			cases = oneForEachVerdict(cases)
		}
		examine(t, on, testrun.Fewer(t, cases, 3, "set-ups"), testrun.Fewer(t, testrun.Sampled(allHealthy(), 3), 3, "healthy set-ups"))
	})
	eachPractice(t, []string{"24.0.5"}, func(t *testing.T, on *target) {
		testrun.Repeats(t, "an older version")
		newest := &target{name: "practice", version: "26.7.3", practice: on.practice}
		cases := testrun.Sampled(allBroken(), 32)
		var older []broken // what the newest version does not cover
		for _, c := range allBroken() {
			sampled := slices.ContainsFunc(cases, func(s broken) bool { return s.name == c.name })
			if c.on != nil && !c.on(newest) && !sampled {
				older = append(older, c)
			}
		}
		cases = append(cases, testrun.Sampled(older, 6)...)
		examine(t, on, cases, testrun.Sampled(allHealthy(), 8))
	})
	// 26.8.2 takes only tokens that are meant for the admin API, by its documents.
	eachPractice(t, []string{"26.8.2"}, func(t *testing.T, on *target) {
		cases := allBroken()
		if !testrun.Whole() {
			cases = oneForEachVerdict(audience)
		}
		examine(t, on, cases, testrun.Sampled(allHealthy(), 8))
	})
	// 26.4.0 is another world in where it reads roles from alone.
	eachPractice(t, []string{"26.4.0"}, func(t *testing.T, on *target) {
		testrun.Repeats(t, "an older version")
		examine(t, on, append(testrun.Sampled(role, 8), testrun.Fewer(t, testrun.Sampled(permissionCases, 3), 2, "set-ups with permissions")...), nil)
	})
}

// oneForEachVerdict returns the first set-up that leads to each verdict, with an admin or without.
func oneForEachVerdict(all []broken) (some []broken) {
	had := map[string]bool{}
	for _, c := range all {
		if !had[c.withAdmin.verdict] || !had[c.alone.verdict] {
			some = append(some, c)
		}
		had[c.withAdmin.verdict], had[c.alone.verdict] = true, true
	}
	return some
}

// TestRealKeycloakDoctor is the same on real servers, where kcadm.sh is at hand, too.
func TestRealKeycloakDoctor(t *testing.T) {
	needsDoctor(t)
	eachReal(t, func(t *testing.T, on *target) {
		examine(t, on, allBroken(), allHealthy())
		t.Run("kcadm", func(t *testing.T) { followKcadm(t, on) })
	})
}

// TestEachVerdictHasASetUp: no verdict of the closed set is one that nothing here leads to.
func TestEachVerdictHasASetUp(t *testing.T) {
	said := map[string]bool{"ok": len(allHealthy()) > 0}
	for _, c := range allBroken() {
		for _, e := range []expected{c.withAdmin, c.alone} {
			if !strings.Contains(e.verdict, "|") {
				said[e.verdict] = true
			}
		}
	}
	for _, w := range writings {
		said[w.want.verdict] = true
	}
	if len(verdicts()) == 0 {
		t.Error("there are no verdicts")
	}
	for v := range verdicts() {
		if !said[v] {
			t.Errorf("no set-up leads to %s", v)
		}
	}
}

func examine(t *testing.T, on *target, brokenOnes []broken, healthyOnes []fine) {
	t.Run("cases", func(t *testing.T) {
		for _, c := range brokenOnes {
			if c.on == nil || c.on(on) {
				runCase(t, c.name, func(t *testing.T) { c.examine(t, on) })
			}
		}
		for _, c := range healthyOnes {
			if c.on == nil || c.on(on) {
				runCase(t, "healthy/"+c.name, func(t *testing.T) { c.examine(t, on) })
			}
		}
	})
}

func (c fine) examine(t *testing.T, on *target) {
	s := newScene(t, on)
	a := c.build(s)
	if method, _ := a.target(); method == http.MethodGet && a.curl == "" && !a.unmeasured {
		s.measure(t, a, http.StatusOK, a.marked())
	}
	want := says("ok", "none", "")
	if a.unsent() { // whether it works, nobody saw
		want = says("would-pass", "none", "predicted")
	}
	for _, withAdmin := range []bool{true, false} {
		s.fits(t, a, withAdmin, s.diagnose(t, a, withAdmin, want, -1))
	}
}

// needsDoctor skips where the program cannot be run.
func needsDoctor(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the fixes are scripts for bash")
	}
	if _, err := program(); err != nil {
		t.Fatal(err)
	}
}

func (c broken) examine(t *testing.T, on *target) {
	s := newScene(t, on)
	a := c.build(s)
	s.measure(t, a, c.status, "")
	status := -1
	if method, _ := a.target(); method == http.MethodGet && c.status > 0 {
		status = c.status
	}
	alone := s.diagnose(t, a, false, c.alone, status)
	r := s.diagnose(t, a, true, c.withAdmin, status)
	if r.Verdict == "" {
		return
	}
	s.fits(t, a, true, r)
	if alone.Verdict != r.Verdict {
		s.fits(t, a, false, alone)
	}
	c.afterwards(t, on, r)
	again := c.again
	if again == nil {
		again = plainly
	}
	s.measured = -1 // what follows is about what was fixed
	switch c.remedy {
	case noRemedy:
	case byAdvice:
		if !regexp.MustCompile(c.advice).MatchString(r.Summary) {
			t.Errorf("the summary does not say what to do (%s): %s", c.advice, r.Summary)
		}
	case byCall:
		if !regexp.MustCompile(c.advice).MatchString(r.Summary) {
			t.Errorf("the summary does not say what to do (%s): %s", c.advice, r.Summary)
		}
		if r.Fix.Curl != nil {
			s.followCurl(t, a, r)
		}
		if c.again != nil {
			s.diagnose(t, c.again(a), true, expected{verdict: "ok", gate: "none"}, 200)
		}
	case byGrant, byGrantToUser, byScope, byBoth, byClient, byClientAndRole, byChange, byNewToken:
		if s.followCurl(t, a, r) {
			for _, withAdmin := range []bool{true, false} {
				s.diagnose(t, again(a), withAdmin, expected{verdict: "ok", gate: "none"}, 200)
			}
		}
	}
	if slices.Contains([]remedy{byGrant, byGrantToUser, byScope, byBoth, byClient, byClientAndRole}, c.remedy) {
		c.fixAndUndo(t, on)
	}
}

// followCurl follows fix.curl to the letter: it must end well, print the whole answer, and leave the call passing.
func (s *scene) followCurl(t *testing.T, a ask, r *answer) bool {
	t.Helper()
	if r.Fix.Curl == nil {
		t.Errorf("fix.curl is null for %s", r.Verdict)
		return false
	}
	builtIns := s.builtIns()
	defer func() {
		if got := changed(builtIns, s.builtIns()); len(got) > 0 {
			t.Errorf("fix.curl changed built-in clients: %v\nscript:\n  %s", got, strings.ReplaceAll(strings.Join(r.Fix.Curl, "\n"), "\n", "\n  "))
		}
	}()
	out, err := s.follow(a, r.Fix.Curl)
	if err != nil || !strings.Contains(out, a.marked()) {
		t.Errorf("fix.curl does not lead to the answer (%s): %v\nscript:\n  %s\nprinted: %.600s", a.marked(), err, strings.ReplaceAll(strings.Join(r.Fix.Curl, "\n"), "\n", "\n  "), out)
		return false
	}
	return true
}

// fixAndUndo lets --fix work on a second copy of the set-up, looks at what it changed, and undoes it.
func (c broken) fixAndUndo(t *testing.T, on *target) {
	s := newScene(t, on)
	a := c.build(s)
	status, _ := s.probe(a)
	before := s.snapshot()
	r := s.doctor(a, true, "--fix", "--yes")
	wrong := r.parse()
	if len(wrong) == 0 {
		if r.code != 0 {
			wrong = append(wrong, fmt.Sprintf("exit code %d after a fix", r.code))
		}
		if !slices.Contains(strings.Split(c.withAdmin.verdict, "|"), r.Verdict) || r.Status == nil || *r.Status != status {
			wrong = append(wrong, fmt.Sprintf("the first verdict was %s with %d, and now it says %s with %s", c.withAdmin.verdict, status, r.Verdict, number(r.Status)))
		}
		if !r.Fix.Applied {
			wrong = append(wrong, "applied is false")
		}
		if r.After == nil || r.After.Status != http.StatusOK {
			wrong = append(wrong, "after.status is not 200")
		} else if c.remedy != byClient && c.remedy != byGrantToUser && c.withAdmin.smallest != nil && !on26AndLightweight(c) && !containsAll(r.After.RolesInToken, c.withAdmin.smallest) {
			wrong = append(wrong, fmt.Sprintf("after.roles_in_token is %v", r.After.RolesInToken))
		}
	}
	after := s.snapshot()
	allowed := map[remedy][]string{
		byGrant:  {"roles of the service account of " + a.clientID},
		byScope:  {"scope mappings of " + a.clientID},
		byBoth:   {"roles of the service account of " + a.clientID, "scope mappings of " + a.clientID},
		byClient: {"client " + a.clientID},

		byGrantToUser: {"roles of the user " + a.person},

		byClientAndRole: {"client " + a.clientID, "roles of the service account of " + a.clientID},
	}[c.remedy]
	if got := changed(before, after); !slices.Equal(got, allowed) {
		wrong = append(wrong, fmt.Sprintf("it changed %v, want %v", got, allowed))
	}
	for _, what := range allowed {
		if strings.HasPrefix(what, "client ") {
			continue
		}
		if got := given(before[what], after[what]); !slices.Equal(got, c.withAdmin.smallest) {
			wrong = append(wrong, fmt.Sprintf("%s: it gave %v, want %v", what, got, c.withAdmin.smallest))
		}
	}
	if status, body := s.probe(a); status != http.StatusOK || !strings.Contains(string(body), a.marked()) {
		wrong = append(wrong, fmt.Sprintf("the call is answered %d afterwards: %.200s", status, body))
	}
	wrong = append(wrong, s.shown(a, r.stdout+r.stderr)...)
	if len(wrong) > 0 {
		s.report(t, r, true, append([]string{"--fix"}, wrong...))
		return
	}
	u := s.doctor(a, true, "--undo", "--yes")
	wrong = nil
	if u.code != 0 {
		wrong = append(wrong, fmt.Sprintf("exit code %d", u.code))
	}
	if got := changed(before, s.snapshot()); len(got) > 0 {
		wrong = append(wrong, fmt.Sprintf("differs from before the fix: %v", got))
	}
	wrong = append(wrong, s.shown(a, u.stdout+u.stderr)...)
	if len(wrong) > 0 {
		s.report(t, u, true, append([]string{"--undo"}, wrong...))
	}
}

func on26AndLightweight(c broken) bool { return c.name == "role-missing/lightweight" }

func containsAll(list, want []string) bool {
	for _, w := range want {
		if !slices.Contains(list, w) {
			return false
		}
	}
	return true
}
