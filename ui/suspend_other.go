//go:build !unix

package ui

const suspends = false

func alone() string { return "" }
