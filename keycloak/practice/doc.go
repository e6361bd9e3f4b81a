// Package practice is an embedded Keycloak: an http.Handler, kept in memory,
// that answers the token endpoint and the admin API as a real server does,
// with real RS256 signed tokens. It is the newcomer's server and the test
// double of everything above it.
//
// It implements the rules of Keycloak, it does not replay recordings: which
// resource a path leads to, which endpoint makes which check, and in which
// order they are made. What differs between versions is data in
// [behavior]; what a new realm holds (client scopes, flows, settings) is
// read from the files in defaults, taken from running servers.
//
// Claims about Keycloak in this package are measured on 24.0.5, 26.4.0,
// 26.7.3 and 26.7.4 in development mode (see testdata/README.md);
// docs/practice-fidelity.md says how many recorded cases agree. What is said of
// 26.8.0 and later is not measured: it is in documented.go, with its source and
// what is assumed.
//
// An endpoint that real Keycloak has and this package does not answers 501
// with a sentence, never a 404.
package practice
