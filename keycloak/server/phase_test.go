package server

import "testing"

func TestPhaseIsTheLastThatIsWritten(t *testing.T) {
	for log, want := range map[string]string{
		"": "it starts",
		"Updating the configuration and installing your custom providers, if any. Please wait.":                                                                                "it builds its configuration",
		"Updating the configuration and installing\nINFO  [io.quarkus] Quarkus augmentation completed in 3520ms":                                                               "it starts",
		"Quarkus augmentation completed in 3520ms\nInitializing database schema. Using changelog META-INF/jpa-changelog-master.xml":                                            "it sets up its database",
		"Initializing database schema. Using changelog\nKC-SERVICES0050: Initializing master realm\nWARN Deprecated features enabled: something, which is no phase of a start": "it creates the realm master",
	} {
		if got := phase(log); got != want {
			t.Errorf("%q: %q, not %q", log, got, want)
		}
	}
}
