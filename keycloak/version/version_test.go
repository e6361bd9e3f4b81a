package version

import (
	"slices"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"26.7.3": "26.7.3", "26.7.3.redhat-00001": "26.7.3", "26.8": "26.8.0", "27": "27.0.0", "26.7.4-SNAPSHOT": "26.7.4",
		"": "", "latest": "", "1000.0.0": "", "26..3": "", "0.0.0": "",
	} {
		v, known := Parse(text)
		if v.String() != want || known != (want != "") {
			t.Errorf("%q is %q, %v", text, v, known)
		}
	}
}

func TestCompare(t *testing.T) {
	ordered := []string{"9.0.3", "22.0.5", "22.10.0", "26.0.8", "26.4.7", "26.10.0", "27.0.0"}
	shuffled := []string{"26.10.0", "22.10.0", "27.0.0", "9.0.3", "26.4.7", "22.0.5", "26.0.8"}
	slices.SortFunc(shuffled, func(a, b string) int { return Compare(Of(a), Of(b)) })
	if !slices.Equal(shuffled, ordered) {
		t.Errorf("%v", shuffled)
	}
}

// What is said of a version is never better known than it is.
func TestAt(t *testing.T) {
	f := Facts[string]{}.Measured("new", "26.7.4 26.7.3").Measured("old", "22.0.5 24.0.5 26.6.4").Documented("gated", "26.8.2")
	for _, test := range []struct {
		version string
		values  []Value[string]
	}{
		{"24.0.5", []Value[string]{{"old", Of("24.0.5"), Measured}}},
		{"25.0.6", []Value[string]{{"old", Of("24.0.5"), Between}}},
		{"26.7.0", []Value[string]{{"old", Of("26.6.4"), Differing}, {"new", Of("26.7.3"), Differing}}},
		{"26.7.4", []Value[string]{{"new", Of("26.7.4"), Measured}}},
		{"26.6.4.redhat-00001", []Value[string]{{"old", Of("26.6.4"), Outside}}},
		{"26.7.9", []Value[string]{{"new", Of("26.7.4"), Outside}}},
		{"26.8.2", []Value[string]{{"gated", Of("26.8.2"), Documented}}},
		{"27.0.0", []Value[string]{{"gated", Of("26.8.2"), Documented}}},
		{"17.0.0", []Value[string]{{"old", Of("22.0.5"), Outside}}},
		{"", []Value[string]{{"new", Of("26.7.4"), Outside}}},
	} {
		if got := f.At(Of(test.version), Equal); !slices.Equal(got, test.values) {
			t.Errorf("%s: %v", test.version, got)
		}
	}
	if got := (Facts[string]{}).At(Of("26.7.4"), Equal); got != nil {
		t.Errorf("of nothing: %v", got)
	}
	if got := f.On(); len(got) != 5 || got[0] != Of("22.0.5") {
		t.Errorf("measured on %v", got)
	}
}

// What comes after a documented change is measured again, and counts.
func TestMeasuredAfterDocumented(t *testing.T) {
	f := Facts[int]{}.Measured(1, "26.7.4").Documented(2, "26.8.0").Measured(3, "26.8.2")
	for version, want := range map[string]Value[int]{
		"26.7.5": {1, Of("26.7.4"), Outside}, "26.8.1": {2, Of("26.8.0"), Documented}, "26.8.2": {3, Of("26.8.2"), Measured}, "26.9.0": {3, Of("26.8.2"), Outside},
	} {
		if got := f.At(Of(version), Equal); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v", version, got)
		}
	}
}

func TestRanges(t *testing.T) {
	f := Facts[string]{}.Measured("new", "26.7.4 26.7.3").Measured("old", "22.0.5 24.0.5").Documented("gated", "26.8.2")
	want := []Range[string]{
		{"old", Of("22.0.5"), Of("24.0.5"), false}, {"new", Of("26.7.3"), Of("26.7.4"), false}, {"gated", Of("26.8.2"), Of("26.8.2"), true},
	}
	if got := f.Ranges(Equal); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	for v, around := range map[string][2]string{"23.0.0": {"22.0.5", "24.0.5"}, "17.0.0": {"", "22.0.5"}, "27.0.0": {"26.7.4", ""}, "24.0.5": {"22.0.5", "26.7.3"}} {
		if before, after := f.Around(Of(v)); before.String() != around[0] || after.String() != around[1] {
			t.Errorf("around %s: %s and %s", v, before, after)
		}
	}
}
