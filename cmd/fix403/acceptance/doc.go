// Package acceptance holds no code but tests: what they run is the built program, as its users do.
package acceptance
