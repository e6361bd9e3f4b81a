package doctor

import (
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/rights"
	"fix403/flows/gate"
	"fix403/flows/roles"
	"fix403/keycloak/msg"
)

// sayChoice says what fix403 has not chosen, and on which versions that was measured.
func sayChoice(x *exam.Examination) {
	v := x.Diagnosis.Verdict
	if v == nil || x.Diagnosis.Answer == nil {
		return
	}
	on := roles.Said(x.Diagnosis.Answer.MeasuredOn)
	grants := v == rights.RoleMissing || v == rights.RoleOnWrongAccount || v == rights.SameNameElsewhere
	switch {
	case !grants:
		x.Diagnosis.Lesser = nil
	case len(x.Diagnosis.Lesser) > 0:
		x.Also(msg.New("A response with fewer fields may be enough, was measured on %s, and requires no powerful role: try it first.", on))
	case len(x.LesserRoles) > 0:
		x.Also(msg.New("If a response with fewer fields is enough, so is %s (measured on %s).", roles.Or(x.LesserRoles), on))
	}
	if !grants && v != rights.FilteredList {
		x.Diagnosis.Equal = nil
	}
	if len(x.Diagnosis.Equal) > 0 {
		x.Also(msg.New("Any of them is enough, and none is smaller than another (measured on %s): fix403 has not chosen.", on))
	}
}

// notChecked adds what could not be seen, or was not looked at.
func notChecked(x *exam.Examination) {
	v := x.Diagnosis.Verdict
	x.NoteKept()
	if x.Options.Admin == nil && x.KeptAdmin() == nil && v != rights.OK && x.Diagnosis.Gate != gate.Reach {
		x.Unseen("What the server's configuration is: that requires an admin (--admin-user and FIX403_ADMIN_PASSWORD).")
	}
	if len(x.Diagnosis.SmallestRoles) > 0 && x.Clue.RealmRole == "" && x.View.Known == nil && !x.SureOfMatrix() {
		x.Unseen("Whether %s of this server has these roles: only an admin can see that.", x.Container())
	}
	if !x.RolesReadSeen && !x.Options.LoginOnly && x.Beside() == nil && (x.Diagnosis.Gate == gate.Role || v.Works()) {
		x.Unseen(exam.WhereRolesAreRead)
	}
}
