package acceptance

import _ "fix403/keycloak/practice/practicetest" // RSA keys from a file
