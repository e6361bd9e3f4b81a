// Package server starts a real Keycloak on this machine, for practice and for tests: it fetches a distribution through
// Maven, unpacks it once into the user's cache, and runs it in development mode on a loopback port with data that are
// gone afterwards.
package server
