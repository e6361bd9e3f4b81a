// Package testkeys is empty, but for the tag testkeys: then the practice servers of the program have the RSA keys of a file.
// Plain go test builds the program so, since generating keys is a tenth of what its tests take; with FIX403_TEST=whole the
// program is tested as it is shipped.
package testkeys
