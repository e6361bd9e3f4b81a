//go:build !unix

package shell

const suspends = false

func noShellReason() string { return "" }
