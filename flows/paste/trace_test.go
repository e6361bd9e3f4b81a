package paste_test

import (
	"testing"

	"fix403/flows/paste"
)

// A library's error that names the method and the URL of its call is read as that call, without its token.
func TestErrorsOfLibrariesThatNameTheCall(t *testing.T) {
	const users = "http://kc:1/admin/realms/shop/users"
	for name, c := range map[string]struct{ text, method, url string }{
		"Spring": {"org.springframework.web.client.HttpClientErrorException$Forbidden: 403 Forbidden on GET request for \"" + users + "\": \"{\"error\":\"HTTP 403 Forbidden\"}\"\n\tat org.springframework.web.client.HttpClientErrorException.create(HttpClientErrorException.java:109)",
			"GET", users},
		"WebClient": {"org.springframework.web.reactive.function.client.WebClientResponseException$Forbidden: 403 Forbidden from POST " + users + "\n\tat reactor.core.Mono(x.java)", "POST", users},
		"Feign":     {"feign.FeignException$Forbidden: [403 Forbidden] during [DELETE] to [" + users + "/1] [KeycloakClient#remove(String)]: [{\"error\":\"HTTP 403 Forbidden\"}]", "DELETE", users + "/1"},
		"Guzzle":    {"GuzzleHttp\\Exception\\ClientException: Client error: `PUT " + users + "/1` resulted in a `403 Forbidden` response:\n{\"error\":\"HTTP 403 Forbidden\"}", "PUT", users + "/1"},
		"axios": {"AxiosError: Request failed with status code 403\n    at settle (/app/node_modules/axios/lib/core/settle.js:19:12) {\n  config: {\n    method: 'get',\n    url: '" + users + "?max=5',\n    headers: [Object]\n  }\n}",
			"GET", users + "?max=5"},
		"requests": {"Traceback (most recent call last):\n  File \"/app/sync.py\", line 9, in load\n    r.raise_for_status()\n  File \"/site-packages/requests/api.py\", line 115, in post\nrequests.exceptions.HTTPError: 403 Client Error: Forbidden for url: " + users,
			"POST", users},
		"Go": {"Error: Get \"" + users + "\": 403 Forbidden", "GET", users},
	} {
		got, err := paste.Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Method != c.method || got.URL != c.url || !got.Traced || !got.Variable || got.BodyKnown {
			t.Errorf("%s: %s %s, %+v", name, got.Method, got.URL, got.Lacks())
		}
	}
}

// One that does not is answered with the call as far as it shows.
func TestErrorsOfLibrariesThatDoNot(t *testing.T) {
	for name, c := range map[string][]string{
		"requests":        {"requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: http://kc:1/admin/realms/shop/clients?max=2", "--url http://kc:1 ", `--call "GET /admin/realms/shop/clients"`, "--token-file"},
		"Terraform":       {"│ Error: error sending PUT request to /admin/realms/shop: 403 Forbidden. Response body: {\"error\":\"HTTP 403 Forbidden\"}", `--call "PUT /admin/realms/shop"`, "--token-file"},
		"the Java client": {"jakarta.ws.rs.ForbiddenException: HTTP 403 Forbidden\n    at org.jboss.resteasy.client.jaxrs.internal.ClientInvocation.handleErrorStatus(ClientInvocation.java:245)\n    at org.keycloak.admin.client.resource.ClientsResource.findByClientId(ClientsResource.java)", `--call "GET /admin/realms/my-realm/clients"`, "--token-file"},
		"gocloak":         {"panic: 403 Forbidden\n\ngoroutine 1 [running]:\ngithub.com/Nerzal/gocloak/v13.(*GoCloak).CreateUser(0x1)", `--call "POST /admin/realms/my-realm/users"`, "--token-file"},
		"python-keycloak": {"Traceback (most recent call last):\n  File \"/site-packages/keycloak/keycloak_admin.py\", line 300, in get_groups\nkeycloak.exceptions.KeycloakGetError: 403: b'{\"error\":\"HTTP 403 Forbidden\"}'", `--call "GET /admin/realms/my-realm/groups"`, "--token-file"},
		"nothing named":   {"NetworkError: Network response was not OK.\n    at fetchWithError (file:///app/node_modules/@keycloak/keycloak-admin-client/lib/utils/fetchWithError.js:8:15)", `--call "GET /admin/realms/my-realm/users"`, "--token-file"},
		"a token request": {"HttpClientErrorException: 401 Unauthorized on POST request for \"http://kc:1/realms/shop/protocol/openid-connect/token\"", "--call", "--token-file"},
	} {
		checkRefused(t, name, c[0], c[1:]...)
	}
}
