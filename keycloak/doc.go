// Package keycloak is an adapter over gocloak for the part of Keycloak that fix403 needs: opening a server, logging an
// admin in, ensuring realm, client and user, and calling the admin API with the token of a client's service account.
//
// gocloak returns nil errors for answers that are no success (a page of HTML with status 200, a redirect, an empty id or
// token) and hides the cause of time-outs and cancellation. Every call here is therefore judged from what the transport of package
// wire saw: see [failure.Error] for the kinds that come out of it. The same transport records each [wire.Exchange], masked at capture.
package keycloak
