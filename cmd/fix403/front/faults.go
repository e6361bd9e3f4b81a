package front

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"fix403/cmd/fix403/flags"
	"fix403/keycloak/practice"
)

// Faults reads the values of --fault; together they are one set of faults.
func Faults(values []string) (practice.Faults, error) {
	var f practice.Faults
	for _, value := range values {
		fault, path, hasPath := strings.Cut(value, "@")
		if hasPath {
			f.Paths = append(f.Paths, path)
		}
		name, arg, _ := strings.Cut(fault, "=")
		var err error
		switch name {
		case "latency":
			f.Latency, err = time.ParseDuration(arg)
		case "clock-skew":
			f.ClockSkew, err = time.ParseDuration(arg)
		case "status":
			if f.Status, err = strconv.Atoi(arg); err == nil && (f.Status < 500 || f.Status > 599) {
				err = errors.New("a status from 500 to 599")
			}
		case "reset":
			f.Reset = true
		case "proxy-403":
			f.ProxyForbidden = true
		case "https-required":
			f.HTTPSRequired = true
		case "redirect":
			f.RedirectToHTTPS = true
		default:
			err = errors.New("there is no such fault")
		}
		if err != nil {
			return f, flags.Usage("See fix403 practice --help.", "--fault %s: %v", value, err)
		}
	}
	return f, nil
}
