package params

// TheRole is the smallest role that allows GET users/{id} (measured, FACTS section 9).
const TheRole = "view-users"
