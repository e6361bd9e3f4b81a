package acceptance

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"fix403/keycloak/practice"
)

// fine is a set-up in which nothing is wrong: every word of the doctor but ok is a false alarm.
type fine struct {
	name  string
	on    func(*target) bool
	build func(*scene) ask
}

// inRealm is a realm with a name of its own kind.
func inRealm(name string) func(*scene) ask {
	return func(s *scene) ask {
		s.newRealm(name+suffix(), nil)
		return s.ask(s.service("view-users"))
	}
}

func withClient(id string) func(*scene) ask {
	return func(s *scene) ask {
		s.scratch(nil)
		c := s.client(id, nil)
		s.grant(c.account, "view-users")
		return s.ask(c)
	}
}

func withRoles(call, mark string, roles ...string) func(*scene) ask {
	return func(s *scene) ask {
		s.scratch(nil)
		return s.askCall(s.service(roles...), call, mark)
	}
}

func allHealthy() []fine { return append(healthyOnes(), permissionsFine()...) }

func healthyOnes() []fine {
	return append([]fine{
		{name: "view-users", build: func(s *scene) ask { return s.ask(healthy(s)) }},
		{name: "users", build: withRoles("GET /admin/realms/{realm}/users", "john-doe", "view-users")},
		{name: "users-no-match", build: withRoles("GET /admin/realms/{realm}/users?search=nobody-of-this-name", "[]", "view-users")},
		{name: "under-auth", on: onPractice, build: func(s *scene) ask {
			s.on = practiceTarget(s.t, practice.Options{Version: s.on.version, BasePath: "/auth"})
			s.door = newDoor(s.t, strings.TrimSuffix(s.on.url, "/auth"), nil)
			return s.ask(healthy(s))
		}},
		{name: "under-auth-by-a-proxy", build: func(s *scene) ask {
			s.door.rewrite = underAuth
			a := s.ask(healthy(s))
			a.url += "/auth"
			return a
		}},
		{name: "trailing-slash-of-the-address", build: func(s *scene) ask { a := s.ask(healthy(s)); a.url += "/"; return a }},
		{name: "realm-with-spaces", on: where(realmEscaped, 200), build: inRealm("my realm ")},
		{name: "realm-with-unicode", on: where(realmEscaped, 200), build: inRealm("Köln-日本-")},
		{name: "realm-with-dots", build: inRealm("example.com.")},
		{name: "realm-called-users", build: inRealm("users-")},
		{name: "client-id-is-an-address", build: withClient("https://app.example.com/path")},
		{name: "client-id-with-colon-and-plus", build: withClient("team:a+b&c=d")},
		{name: "client-id-with-umlaut", build: withClient("dienst-ü 1")},
		{name: "through-a-group", build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service()
			s.throughGroup(c, "staff", "view-users")
			return s.ask(c)
		}},
		{name: "through-a-nested-group", build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service()
			s.must(http.MethodPost, s.at("/groups"), map[string]any{"name": "company"})
			parent := s.id("/groups")
			s.must(http.MethodPost, s.at("/groups/"+parent+"/role-mappings/clients/"+s.management()), s.managementRoles("view-users"))
			child := field(s.must(http.MethodPost, s.at("/groups/"+parent+"/children"), map[string]any{"name": "staff"}), "id")
			s.must(http.MethodPut, s.at("/users/"+c.account+"/groups/"+child), nil)
			return s.ask(c)
		}},
		{name: "composite-realm-role", build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service()
			reader := s.realmRole("reader")
			s.must(http.MethodPost, s.at("/roles-by-id/"+reader.ID+"/composites"), s.managementRoles("view-users"))
			s.must(http.MethodPost, s.at("/users/"+c.account+"/role-mappings/realm"), []named{reader})
			return s.ask(c)
		}},
		{name: "composite-client-role", build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service()
			s.must(http.MethodPost, s.at("/clients/"+c.uuid+"/roles"), map[string]any{"name": "reader"})
			reader := s.clientRole(c.uuid, "reader")
			s.must(http.MethodPost, s.at("/roles-by-id/"+reader.ID+"/composites"), s.managementRoles("view-users"))
			s.must(http.MethodPost, s.at("/users/"+c.account+"/role-mappings/clients/"+c.uuid), []named{reader})
			return s.ask(c)
		}},
		{name: "default-role", build: func(s *scene) ask {
			s.scratch(map[string]any{})
			c := s.service()
			standard := mustJSON[struct{ DefaultRole named }](s.t, s.must(http.MethodGet, s.at(""), nil)).DefaultRole
			s.must(http.MethodPost, s.at("/roles-by-id/"+standard.ID+"/composites"), s.managementRoles("view-users"))
			return s.ask(c)
		}},
		{name: "full-scope-off-and-mapped", build: func(s *scene) ask {
			s.scratch(nil)
			c := s.serviceWith(scopeOff, "view-users")
			s.must(http.MethodPost, s.at("/clients/"+c.uuid+"/scope-mappings/clients/"+s.management()), s.managementRoles("view-users"))
			return s.ask(c)
		}},
		{name: "full-scope-off-and-parent-mapped", build: func(s *scene) ask {
			s.scratch(nil)
			c := s.serviceWith(scopeOff, "view-users")
			s.must(http.MethodPost, s.at("/clients/"+c.uuid+"/scope-mappings/clients/"+s.management()), s.managementRoles("realm-admin"))
			return s.ask(c)
		}},
		{name: "full-scope-off-and-mapped-by-a-client-scope", build: func(s *scene) ask {
			s.scratch(nil)
			c := s.serviceWith(scopeOff, "view-users")
			s.must(http.MethodPost, s.at("/client-scopes"), map[string]any{"name": "user-reading", "protocol": "openid-connect"})
			scope := s.scopeID("user-reading")
			s.must(http.MethodPost, s.at("/client-scopes/"+scope+"/scope-mappings/clients/"+s.management()), s.managementRoles("view-users"))
			s.must(http.MethodPut, s.at("/clients/"+c.uuid+"/default-client-scopes/"+scope), nil)
			return s.ask(c)
		}},
		{name: "manage-users-to-write", build: func(s *scene) ask {
			s.scratch(nil)
			a := s.ask(s.service("manage-users"))
			a.call = "PUT /admin/realms/{realm}/users/{user-id}"
			return a
		}},
		{name: "further-view-and-query-roles", build: func(s *scene) ask {
			s.scratch(nil)
			return s.ask(s.service("view-users", "view-realm", "view-clients", "query-realms", "view-events"))
		}},
		{name: "optional-scopes-more", build: func(s *scene) ask {
			c := healthy(s)
			s.must(http.MethodPost, s.at("/client-scopes"), map[string]any{"name": "reports", "protocol": "openid-connect"})
			s.must(http.MethodPut, s.at("/clients/"+c.uuid+"/optional-client-scopes/"+s.scopeID("reports")), nil)
			return s.ask(c)
		}},
		{name: "default-scopes-fewer", build: func(s *scene) ask {
			c := healthy(s)
			for _, name := range []string{"email", "profile", "web-origins"} {
				s.must(http.MethodDelete, s.at("/clients/"+c.uuid+"/default-client-scopes/"+s.scopeID(name)), nil)
			}
			return s.ask(c)
		}},
		{name: "lightweight", on: where(lightweightToken, 200), build: func(s *scene) ask {
			s.scratch(nil)
			return s.ask(s.serviceWith(lightweight, "view-users"))
		}},
		{name: "roles-scope-removed", on: where(rolesScopeGone, 200), build: func(s *scene) ask {
			c := healthy(s)
			s.must(http.MethodDelete, s.at("/clients/"+c.uuid+"/default-client-scopes/"+s.scopeID("roles")), nil)
			return s.ask(c)
		}},
		{name: "given-token", build: func(s *scene) ask { c := healthy(s); return s.askToken(c, s.token(c)) }},
		{name: "given-token-without-client", build: func(s *scene) ask {
			c := healthy(s)
			a := s.askToken(c, s.token(c))
			a.clientID, a.secret = "", ""
			return a
		}},
		{name: "curl-line", build: func(s *scene) ask {
			c := healthy(s)
			return s.askCurl(c, "curl -X GET \"%s\" -H \"Authorization: Bearer "+s.token(c)+"\" -H \"Content-Type: application/json\"\n", "")
		}},
		{name: "curl-line-lower-case-bearer", build: func(s *scene) ask {
			c := healthy(s)
			return s.askCurl(c, "curl --silent --location --header 'authorization: bearer "+s.token(c)+"' '%s'", "")
		}},
		{name: "full-address-as-call", build: func(s *scene) ask {
			a := s.ask(healthy(s))
			a.call, a.userID = "GET "+s.base()+s.at("/users/"+s.john), ""
			return a
		}},
		{name: "groups", build: func(s *scene) ask {
			s.scratch(nil)
			s.must(http.MethodPost, s.at("/groups"), map[string]any{"name": "staff"})
			return s.askCall(s.service("view-users"), "GET /admin/realms/{realm}/groups", "staff")
		}},
		{name: "no-groups-there", build: withRoles("GET /admin/realms/{realm}/groups", "[]", "view-users")},
		{name: "no-groups-there-and-query-groups", on: func(*target) bool { return false }, build: withRoles("GET /admin/realms/{realm}/groups", "[]", "query-groups")},
		{name: "events-config", build: withRoles("GET /admin/realms/{realm}/events/config", "eventsEnabled", "view-events")},
		{name: "events-empty", build: withRoles("GET /admin/realms/{realm}/events", "[]", "view-events")},
		{name: "text", build: func(s *scene) ask { // it answers in text, and is refused to who takes JSON alone
			s.newRealm("doctor-"+suffix(), map[string]any{"internationalizationEnabled": true, "supportedLocales": []string{"en", "de"}, "defaultLocale": "en"})
			s.must(http.MethodPost, s.at("/localization/de"), map[string]any{"greeting": "Guten Tag"})
			return s.askCall(s.service("view-realm"), "GET /admin/realms/{realm}/localization/de/greeting", "Guten Tag")
		}},
		{name: "clients", build: withRoles("GET /admin/realms/{realm}/clients", "account", "view-clients")},
		{name: "users-count-with-query-users", on: where(countOfUsers, "all"), build: withRoles("GET /admin/realms/{realm}/users/count", "1", "query-users")},
		{name: "authorization-of-an-audience", build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service("view-users")
			s.must(http.MethodPost, s.at("/clients/"+c.uuid+"/protocol-mappers/models"), map[string]any{
				"name": "audience", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
				"config": map[string]any{"included.custom.audience": "https://api.example.com", "access.token.claim": "true", "id.token.claim": "false"},
			})
			return s.ask(c)
		}},
		{name: "secret-by-environment", build: func(s *scene) ask {
			a := s.ask(healthy(s))
			a.env = append(a.env, "FIX403_CLIENT_SECRET="+a.secret)
			s.secrets = append(s.secrets, a.secret)
			a.secretByEnvironment = true
			return a
		}},
		{name: "tls-with-its-authority", build: func(s *scene) ask {
			c := healthy(s)
			s.door = newDoor(s.t, s.on.url, overTLS(s.t, "127.0.0.1", time.Now().Add(time.Hour)))
			a := s.ask(c)
			a.args = []string{"--ca-cert", authorityFile(s.t, s.dir)}
			return a
		}},
		{name: "server-ahead-of-this-machine", on: onPractice, build: func(s *scene) ask { return otherClock(s, time.Hour) }},
		{name: "server-behind-this-machine", on: onPractice, build: func(s *scene) ask { return otherClock(s, -time.Hour) }},
		{name: "same-name-role-elsewhere-too", build: func(s *scene) ask {
			c := healthy(s)
			s.must(http.MethodPost, s.at("/users/"+c.account+"/role-mappings/realm"), []named{s.realmRole("view-users")})
			s.grant(s.john, "view-users")
			return s.ask(c)
		}},
		{name: "fine-grained-permissions-on", on: where(permissions, true), build: func(s *scene) ask {
			s.scratch(map[string]any{"adminPermissionsEnabled": true})
			return s.ask(s.service("view-users"))
		}},
		{name: "one-user-by-permission", on: where(permittedUser, 200), build: func(s *scene) ask {
			s.scratch(map[string]any{"adminPermissionsEnabled": true})
			c := s.service("query-users")
			s.permission(c.account, "Users", []string{"view"}, s.john)
			return s.ask(c)
		}},
		{name: "own-service-account", build: func(s *scene) ask {
			c := healthy(s)
			a := s.ask(c)
			a.userID, a.mark = c.account, fmt.Sprintf("service-account-%s", c.id)
			return a
		}},
	}, slices.Concat(wellAsItIs, healthyWithoutSecrets, endpointsFine)...)
}

// otherClock is a healthy set-up on a practice server whose clock differs.
func otherClock(s *scene, d time.Duration) ask {
	s.on = practiceTarget(s.t, practice.Options{Version: s.on.version})
	s.door = newDoor(s.t, s.on.url, nil)
	c := healthy(s)
	s.on.practice.SetFaults(practice.Faults{ClockSkew: d})
	s.on.token = ""
	return s.ask(c)
}
