package doctor

import (
	"fix403/flows/doctor/caller"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/place"
	"fix403/flows/doctor/rights"
	"fix403/flows/gate"
)

// verdictsAt are those that may be given at a gate, beside [exam.Undetermined] and [place.OtherEndpoint].
var verdictsAt = map[gate.Gate][]*exam.Verdict{
	gate.Reach: place.ReachVerdicts, gate.Client: caller.ClientVerdicts, gate.Identity: caller.IdentityVerdicts, gate.Realm: place.RealmVerdicts,
	gate.Route: place.RouteVerdicts, gate.Role: rights.RoleVerdicts, gate.Object: place.ObjectVerdicts, gate.None: rights.PassedVerdicts,
}

// checkpoints are the gates in the order in which a call passes them, without that of reach: each answer passes it, see
// [place.ReachGate]. Only callers who may query users get as far as the object before a role is asked for (FACTS, section 4).
func checkpoints() []exam.Gate {
	return []exam.Gate{caller.ClientGate{}, caller.IdentityGate{}, place.OtherGate{}, place.RealmGate{}, place.RouteGate{}, place.ObjectGate{}, rights.RoleGate{}, rights.Passed{}}
}
