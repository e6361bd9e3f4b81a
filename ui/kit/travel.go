package kit

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// How a request travels: frames for each gate, of which it rests in the gate for the last ones, and how long a frame is.
const (
	framesForGate  = 7
	framesInGate   = 3
	frameOfTravel  = 35 * time.Millisecond
	beyondTheGates = 5 // frames from the last gate to the end of the road
	quickFrames    = 4 // that a quick one goes on by at once
)

// Travel is a request on its way along a row of gates: its place by the number of frames that were drawn, and a place
// where it stays. The zero value has not set out. Nothing ticks but while it moves.
type Travel struct {
	gates, stop int // how many there are, and which stops it; gates for none
	frame       int
	quick       bool // it skips frames, where no hall has to follow it
	set         bool // it has set out
	gen         int  // of the newest frame
}

// Travelled says that the next frame of a [Travel] is due.
type Travelled struct{ gen int }

// Start sets a request out on its way along so many gates, up to the one that stops it, by its place in the row; none does
// where stop is not one of them. A request that is still is at its end at once.
func (v *Travel) Start(gates, stop int, still bool, after func(time.Duration, tea.Msg) tea.Cmd) tea.Cmd {
	if stop < 0 || stop > gates {
		stop = gates
	}
	v.gates, v.stop, v.frame, v.set = gates, stop, 0, true
	v.gen++
	if still {
		v.Arrive()
		return nil
	}
	return after(frameOfTravel, Travelled{v.gen})
}

// StartQuickly is Start for a request that one reader follows: it takes less than half a second.
func (v *Travel) StartQuickly(gates, stop int, still bool, after func(time.Duration, tea.Msg) tea.Cmd) tea.Cmd {
	v.quick = true
	return v.Start(gates, stop, still, after)
}

// Arrive brings it to its end at once.
func (v *Travel) Arrive() {
	v.frame = v.frames()
	v.gen++
}

// Reset brings it back before the first gate.
func (v *Travel) Reset() { *v = Travel{gen: v.gen + 1} }

// Update draws the next frame; after the last one it asks for no further.
func (v *Travel) Update(m Travelled, after func(time.Duration, tea.Msg) tea.Cmd) tea.Cmd {
	if m.gen != v.gen || v.Arrived() {
		return nil
	}
	n := 1
	if v.quick {
		n = quickFrames
	}
	if v.frame = min(v.frame+n, v.frames()); v.Arrived() {
		return nil
	}
	return after(frameOfTravel, m)
}

// frames is how many there are up to the end.
func (v *Travel) frames() int {
	n := (v.stop + 1) * framesForGate
	if v.stop == v.gates {
		n = v.gates*framesForGate + beyondTheGates
	}
	return n - framesInGate
}

// Out reports whether it has set out.
func (v *Travel) Out() bool { return v.set }

// Arrived reports whether it is where it stays.
func (v *Travel) Arrived() bool { return v.set && v.frame >= v.frames() }

// Time is how long the way takes.
func (v *Travel) Time() time.Duration { return time.Duration(v.frames()) * frameOfTravel }

// Gate returns the gate in which it is or to which it goes, and how much of the way from the one before is done: 1 in the
// gate. The way on behind the last gate is to a gate that is not there.
func (v *Travel) Gate() (gate int, part float64) {
	gate, step := v.frame/framesForGate, v.frame%framesForGate
	way := framesForGate - framesInGate
	if gate >= v.gates {
		gate, step, way = v.gates, v.frame-v.gates*framesForGate, beyondTheGates-framesInGate
	}
	return gate, min(1, float64(step)/float64(way))
}

// Passed reports whether it has gone through a gate.
func (v *Travel) Passed(gate int) bool {
	at, _ := v.Gate()
	return v.set && gate < at
}
