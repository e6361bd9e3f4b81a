//go:build !unix

package shell

import "fix403/flows/texts"

const suspends = false

func noShellReason() texts.Text { return "" }
