package acceptance

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"fix403/flows/handtest"
	"fix403/flows/roles"
)

// diagnosis is the document of CLI.md, "JSON: doctor".
type diagnosis struct {
	Verdict   string `json:"verdict"`
	Certainty string `json:"certainty"`
	Gate      string `json:"gate"`
	Status    *int   `json:"status"`
	Caller    struct {
		Kind     string `json:"kind"`
		Name     string `json:"name"`
		ClientID string `json:"client_id"`
		Realm    string `json:"realm"`
	} `json:"caller"`
	Summary  string `json:"summary"`
	Evidence []struct {
		Source string `json:"source"`
		Says   string `json:"says"`
	} `json:"evidence"`
	SmallestRoles []string `json:"smallest_roles"`
	Fix           struct {
		Console   []string `json:"console"`
		Curl      []string `json:"curl"`
		Kcadm     []string `json:"kcadm"`
		Terraform *string  `json:"terraform"`
		Applied   bool     `json:"applied"`
	} `json:"fix"`
	NotChecked []string `json:"not_checked"`
	After      *struct {
		Status       int      `json:"status"`
		RolesInToken []string `json:"roles_in_token"`
	} `json:"after"`
}

// verdicts are the closed set, each with the gates at which it may stand: those of docs/verdicts.md.
var verdicts = sync.OnceValue(func() map[string][]string {
	text, err := os.ReadFile("../../../docs/verdicts.md")
	if err != nil {
		panic(err)
	}
	all := map[string][]string{}
	var gates []string
	for line := range strings.Lines(string(text)) {
		if title, is := strings.CutPrefix(line, "## "); is {
			if gates = []string{strings.TrimSpace(title)}; gates[0] == "any gate" {
				gates = []string{"reach", "client", "identity", "realm", "route", "role", "object", "none"}
			}
		}
		if cell, is := strings.CutPrefix(line, "| `"); is {
			name, _, _ := strings.Cut(cell, "`")
			all[name] = append(all[name], gates...)
		}
	}
	return all
})

// shape is an object's keys; those of optional may be missing.
func shape(v any, where string, keys []string, optional ...string) []string {
	m, ok := v.(map[string]any)
	if !ok {
		return []string{where + " is no object"}
	}
	var wrong []string
	for _, k := range keys {
		if _, ok := m[k]; !ok {
			wrong = append(wrong, fmt.Sprintf("%s lacks %q", where, k))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(keys, k) && !slices.Contains(optional, k) {
			wrong = append(wrong, fmt.Sprintf("%s has an unknown key %q", where, k))
		}
	}
	return wrong
}

// parse reads a run's document, and reports what the contract does not allow.
func (r *answer) parse() []string {
	var doc map[string]any
	if err := json.Unmarshal([]byte(r.stdout), &doc); err != nil {
		return []string{fmt.Sprintf("stdout is not one JSON document (%v): %.300q, stderr %.300q", err, r.stdout, r.stderr)}
	}
	wrong := shape(doc, "the document", []string{"verdict", "certainty", "gate", "status", "caller", "summary", "evidence", "smallest_roles", "fix", "not_checked"}, "equal_roles", "reduced_roles", "after", "error", "warnings")
	if len(wrong) > 0 {
		return append(wrong, fmt.Sprintf("in %.500s", r.stdout))
	}
	wrong = append(wrong, shape(doc["fix"], "fix", []string{"console", "curl", "kcadm", "terraform", "applied"}, "typescript", "go")...)
	if list, ok := doc["evidence"].([]any); !ok {
		wrong = append(wrong, "evidence is no list")
	} else {
		for _, e := range list {
			wrong = append(wrong, shape(e, "an evidence", []string{"source", "says"})...)
		}
	}
	wrong = append(wrong, shape(doc["caller"], "caller", []string{"kind", "name", "client_id", "realm"})...)
	for _, key := range []string{"smallest_roles", "not_checked"} {
		if _, ok := doc[key].([]any); !ok {
			wrong = append(wrong, key+" is no list")
		}
	}
	if err := json.Unmarshal([]byte(r.stdout), &r.diagnosis); err != nil {
		return append(wrong, err.Error())
	}
	for _, lines := range [][]string{r.Fix.Curl, r.Fix.Kcadm} {
		text := strings.Join(lines, "\n")
		if found := handtest.Shape(text); found != "" {
			wrong = append(wrong, "a text by hand puts a secret on a command line: "+found)
		}
		if why := strings.Count(text, "very user of this machine"); lines != nil && why != 1 {
			wrong = append(wrong, fmt.Sprintf("a text by hand says %d times why secrets stay off command lines: %s", why, text))
		}
	}
	gates, known := verdicts()[r.Verdict]
	if !known {
		wrong = append(wrong, fmt.Sprintf("%q is no verdict", r.Verdict))
	} else if !slices.Contains(gates, r.Gate) {
		wrong = append(wrong, fmt.Sprintf("the verdict %s stands at the gate %q", r.Verdict, r.Gate))
	}
	if r.Certainty != "proved" && r.Certainty != "likely" && r.Certainty != "predicted" {
		wrong = append(wrong, fmt.Sprintf("certainty is %q", r.Certainty))
	}
	if r.Summary == "" || strings.Contains(r.Summary, "\n") {
		wrong = append(wrong, fmt.Sprintf("the summary is not one sentence: %q", r.Summary))
	}
	if len(r.Evidence) == 0 {
		wrong = append(wrong, "no evidence")
	}
	for _, e := range r.Evidence {
		if !slices.Contains([]string{"token", "wire", "server"}, e.Source) || e.Says == "" {
			wrong = append(wrong, fmt.Sprintf("evidence %q says %q", e.Source, e.Says))
		}
	}
	if !slices.IsSorted(r.SmallestRoles) {
		wrong = append(wrong, fmt.Sprintf("smallest_roles is not sorted: %v", r.SmallestRoles))
	}
	if r.Verdict == "undetermined" && len(r.NotChecked) == 0 {
		wrong = append(wrong, "undetermined, and not_checked does not say what would decide it")
	}
	if r.Verdict == "undetermined" && r.Certainty == "proved" {
		wrong = append(wrong, "undetermined is proved")
	}
	return wrong
}

// onlyReads are the requests that could have changed something: all but GET, and POST to the token endpoint, to its
// introspection, and to the evaluation of a policy.
func notOnlyReads(requests []string) []string {
	return slices.DeleteFunc(slices.Clone(requests), func(r string) bool {
		method, path, _ := strings.Cut(r, " ")
		return method == http.MethodGet || method == http.MethodHead || method == http.MethodPost && (strings.HasSuffix(path, "/protocol/openid-connect/token") || strings.HasSuffix(path, "/protocol/openid-connect/token/introspect") || strings.HasSuffix(path, "/authz/resource-server/policy/evaluate"))
	})
}

// expected is what a diagnosis must say.
type expected struct {
	verdict   string // alternatives are separated by |
	gate      string
	certainty string // "" is either
	smallest  []string
}

// diagnose runs the doctor without --fix and holds it against the contract and what is expected. The status is what
// the test itself was answered; -1 where that is not what stopped the call.
func (s *scene) diagnose(t *testing.T, a ask, withAdmin bool, want expected, status int, more ...string) *answer {
	t.Helper()
	r := s.doctor(a, withAdmin, more...)
	var wrong []string
	if wrong = r.parse(); len(wrong) == 0 {
		if !slices.Contains(strings.Split(want.verdict, "|"), r.Verdict) {
			wrong = append(wrong, fmt.Sprintf("verdict %s, want %s", r.Verdict, want.verdict))
		}
		if !slices.Contains(strings.Split(want.gate, "|"), r.Gate) {
			wrong = append(wrong, fmt.Sprintf("gate %s, want %s", r.Gate, want.gate))
		}
		if certainty := want.certaintyOn(s.on.version); certainty != "" && r.Certainty != certainty {
			wrong = append(wrong, fmt.Sprintf("certainty %s, want %s", r.Certainty, certainty))
		}
		if want.smallest != nil && !slices.Equal(r.SmallestRoles, want.smallest) {
			wrong = append(wrong, fmt.Sprintf("smallest_roles %v, want %v", r.SmallestRoles, want.smallest))
		}
		if status > 0 && (r.Status == nil || *r.Status != status) {
			wrong = append(wrong, fmt.Sprintf("status %s, and the server answers %d", number(r.Status), status))
		}
		if code := exitOf(r.Verdict); r.code != code {
			wrong = append(wrong, fmt.Sprintf("exit code %d, want %d for %s", r.code, code, r.Verdict))
		}
		if r.Fix.Applied || r.After != nil {
			wrong = append(wrong, "something was applied without --fix")
		}
		wrong = append(wrong, a.impossible(r, s.measured)...)
	}
	for _, secret := range s.shown(a, r.stdout+r.stderr) {
		wrong = append(wrong, fmt.Sprintf("it shows the secret %.24q", secret))
	}
	if changing := notOnlyReads(r.requests); len(changing) > 0 {
		wrong = append(wrong, fmt.Sprintf("it sent %v", changing))
	}
	if len(wrong) > 0 {
		s.report(t, r, withAdmin, wrong)
	}
	return r
}

// byTheTable are the verdicts that rest on which roles a call needs.
var byTheTable = []string{"role-missing", "filtered-list", "full-scope-off", "same-name-role-elsewhere", "roles-scope-missing", "lightweight-token", "role-on-wrong-account", "fine-grained-permissions"}

// certaintyOn is what is expected on a version: where nobody measured the roles, no verdict that rests on them is proved.
func (e expected) certaintyOn(version string) string {
	if e.certainty == "proved" && slices.Contains(byTheTable, e.verdict) && !slices.Contains(roles.Versions(), version) {
		return "likely"
	}
	return e.certainty
}

func number(n *int) string {
	if n == nil {
		return "null"
	}
	return fmt.Sprint(*n)
}

func exitOf(verdict string) int {
	switch verdict {
	case "ok", "over-privileged":
		return 0
	case "would-pass":
		return 7
	}
	return 6
}

// report fails with everything that is needed to see it again.
func (s *scene) report(t *testing.T, r *answer, withAdmin bool, wrong []string) {
	t.Helper()
	how := "without admin"
	if withAdmin {
		how = "with admin"
	}
	out := r.stdout
	if len(out) > 2500 {
		out = out[:2500] + "…"
	}
	t.Errorf("%s: %s\n  fix403 %s\n  exit %d, stderr %.400q\n  %s", how, strings.Join(wrong, "; "), strings.Join(r.args, " "), r.code, r.stderr, strings.ReplaceAll(out, "\n", "\n  "))
}

// bench is where the cases are run: in parallel, since the realms are their own.
func runCase(t *testing.T, name string, f func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		f(t)
	})
}

// snapshot is what a fix could change in the realm, each thing as canonical JSON.
func (s *scene) snapshot() map[string]string {
	s.t.Helper()
	state := map[string]string{}
	get := func(name, path string) []byte {
		doc := s.must(http.MethodGet, s.at(path), nil)
		var v any
		if err := json.Unmarshal(doc, &v); err != nil {
			s.t.Fatal(err)
		}
		state[name] = canonical(v)
		return doc
	}
	for _, c := range mustJSON[[]map[string]any](s.t, s.must(http.MethodGet, s.at("/clients"), nil)) {
		name, uuid := fmt.Sprint(c["clientId"]), fmt.Sprint(c["id"])
		state["client "+name] = canonical(c)
		get("scope mappings of "+name, "/clients/"+uuid+"/scope-mappings")
		get("roles of "+name, "/clients/"+uuid+"/roles")
		if c["serviceAccountsEnabled"] == true && name != "admin-permissions" { // which has none until it is read, and then another client scope
			account := field(s.must(http.MethodGet, s.at("/clients/"+uuid+"/service-account-user"), nil), "id")
			get("roles of the service account of "+name, "/users/"+account+"/role-mappings")
			get("service account of "+name, "/users/"+account)
		}
	}
	for _, u := range mustJSON[[]map[string]any](s.t, get("users", "/users")) {
		get("roles of the user "+fmt.Sprint(u["username"]), "/users/"+fmt.Sprint(u["id"])+"/role-mappings")
	}
	for _, g := range mustJSON[[]map[string]any](s.t, get("groups", "/groups")) {
		get("roles of the group "+fmt.Sprint(g["name"]), "/groups/"+fmt.Sprint(g["id"])+"/role-mappings")
	}
	get("realm roles", "/roles")
	get("client scopes", "/client-scopes")
	get("realm", "")
	return state
}

// canonical is JSON in which the order of lists does not matter.
func canonical(v any) string {
	switch x := v.(type) {
	case []any:
		var parts []string
		for _, e := range x {
			parts = append(parts, canonical(e))
		}
		slices.Sort(parts)
		return "[" + strings.Join(parts, ",") + "]"
	case map[string]any:
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(x)) {
			parts = append(parts, fmt.Sprintf("%q:%s", k, canonical(x[k])))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	text, _ := json.Marshal(v)
	return string(text)
}

// changed lists what differs between two states.
func changed(before, after map[string]string) []string {
	var names []string
	for name := range after {
		if before[name] != after[name] {
			names = append(names, name)
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// given lists the roles of realm-management that a mapping has after and had not before.
func given(before, after string) []string {
	names := func(doc string) []string {
		var m struct {
			ClientMappings map[string]struct{ Mappings []named }
			RealmMappings  []named
		}
		_ = json.Unmarshal([]byte(doc), &m)
		var list []string
		for id, c := range m.ClientMappings {
			for _, r := range c.Mappings {
				if id != "realm-management" {
					r.Name = id + "/" + r.Name
				}
				list = append(list, r.Name)
			}
		}
		for _, r := range m.RealmMappings {
			list = append(list, "realm role "+r.Name)
		}
		slices.Sort(list)
		return list
	}
	old := names(before)
	return slices.DeleteFunc(names(after), func(n string) bool { return slices.Contains(old, n) })
}
