package inspect

// Pane is what covers the step, if anything.
type Pane int

// The panes of a screen.
const (
	PaneNone Pane = iota
	PaneWire
	PaneToken
	PaneManual
	PaneTry
	PaneGoto
	PaneMore
)
