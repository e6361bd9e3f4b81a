// Package server starts a real Keycloak on this machine, for practice and for tests: in a container of Docker or Podman,
// or from a distribution, which Maven fetches and which is unpacked once into the user's cache, with the machine's Java.
// It runs in development mode on a loopback port, with data that are gone afterwards. A record on the disk lets a later
// process end it, also when the one that started it was killed.
package server
