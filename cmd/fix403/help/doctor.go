package help

// Doctor is the long help of the command doctor.
const Doctor = `Makes one call of the admin API as your client does, checks the gates (reach, client, identity, realm, route, role,
object), and reports where it stopped, why, and the smallest fix, on one screen. --show adds the rest: the fix as curl,
kcadm.sh, Terraform, TypeScript or Go, the evidence, or everything.

The call comes from --call, or from a file with the call in any of these forms (--curl-file, - for stdin): curl, wget,
HTTPie, kcadm.sh, Invoke-RestMethod, fetch, axios, requests, raw HTTP, HAR. The client's secret comes from
--client-secret-file or FIX403_CLIENT_SECRET; --token-file diagnoses an existing token. For a user's call, use --grant
password and --user (the password from --user-password-file or FIX403_USER_PASSWORD; without --client-id through
admin-cli); for a login in a realm other than the call's, such as master, --token-realm. A client without a plain secret
authenticates with its private key (--client-key-file), a ready assertion (--client-assertion-file), a JWT signed with
its secret (--client-secret-jwt) or a certificate (--client-cert, --client-key); --dpop makes DPoP proofs for tokens
that are bound to a key. With an admin login (FIX403_ADMIN_PASSWORD and so on) it also reads the client's configuration;
without, it lists what it could not see.

Passwords, secrets and tokens are sent only to a server named by --url, FIX403_URL or the configuration file. If a
server appears only in the pasted call, the token or the call, you are asked on a terminal; elsewhere the call is
diagnosed without them, and not_checked lists that. A secret in the pasted call is sent to the server named there, and a
token to its issuer.

It changes nothing without --fix or --send: a call other than GET and HEAD is not sent, but judged by the measured
roles, with its body and query weighed (predicted; would-pass where nothing would stop it). --send sends it, once you
confirm or with --yes, with the body of the pasted command; fix403 cannot undo what it does. --fix grants the smallest
role (or adds a scope mapping) after showing the change, and makes the same call again; --undo undoes that. Roles that
let their holder become an admin, such as manage-users, are granted only if the verdict is proved, and after you confirm
their power; --yes also requires --allow-powerful. realm-admin is never granted. If several roles are equally small,
--fix asks, and with --yes grants none. If the whole response requires a powerful role and one with fewer fields does
not, it also asks: --yes grants the role for fewer fields, --yes --allow-powerful the other.

With --json it prints one object:
  {"verdict": "role-missing", "certainty": "proved", "gate": "role", "status": 403,
   "caller": {"kind": "service-account", "name": "service-account-reports", "client_id": "reports", "realm": "shop"}, "summary": "…",
   "evidence": [{"source": "wire", "says": "…"}], "smallest_roles": ["view-users"],
   "fix": {"console": ["…"], "curl": ["…"], "kcadm": ["…"], "terraform": "…", "typescript": "…", "go": "…", "applied": false},
   "not_checked": ["…"], "after": {"status": 200, "roles_in_token": ["view-users"]}}
status is null without a response or if the call was not sent; a form of the fix is null where it changes nothing; after
is present after --fix and --undo, error if --fix failed, warnings if there were any (--insecure, a password that cannot
be masked). source is token, wire or server; certainty is proved, likely, or predicted for a call that was not sent.

--calls-file diagnoses many calls of one caller, each as --call would, and changes nothing. --junit writes a test for
each, and --json prints {"calls": [{"call": "GET …", as above}], "fails": 1}. The exit code is that of the worst: 6
where a call fails or hides something, else 7 where one was not sent, else 0.

Exit codes: 0 it works (ok, over-privileged), or the repeated call had the intended result · 7 would-pass: not sent, and
allowed · 6 every other verdict · 4 the admin was refused · 2 usage.`
