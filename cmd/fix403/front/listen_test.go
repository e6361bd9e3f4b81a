package front

import (
	"fmt"
	"net"
	"testing"
)

func TestReachedAt(t *testing.T) {
	var machine []net.Addr
	for _, a := range []string{"127.0.0.1/8", "::1/128", "fd00::7/64", "fe80::1/64", "10.0.0.7/24", "169.254.1.1/16", "203.0.113.5/24"} {
		ip, network, err := net.ParseCIDR(a)
		if err != nil {
			t.Fatal(err)
		}
		machine = append(machine, &net.IPNet{IP: ip, Mask: network.Mask})
	}
	for _, c := range []struct {
		on, here  string
		elsewhere []string
	}{
		{"127.0.0.1", "127.0.0.1:80", nil},
		{"::1", "[::1]:80", nil},
		{"10.0.0.7", "10.0.0.7:80", []string{"10.0.0.7:80"}},
		{"0.0.0.0", "localhost:80", []string{"10.0.0.7:80", "203.0.113.5:80"}},
		{"::", "localhost:80", []string{"10.0.0.7:80", "203.0.113.5:80", "[fd00::7]:80"}},
	} {
		here, elsewhere := ReachedAt(&net.TCPAddr{IP: net.ParseIP(c.on), Port: 80}, machine)
		if here != c.here || fmt.Sprint(elsewhere) != fmt.Sprint(c.elsewhere) {
			t.Errorf("%s: %s, %v", c.on, here, elsewhere)
		}
	}
}

// Who asks for every address of IPv4 gets no other: 0.0.0.0 listens on IPv6 as well, unless it is told not to.
func TestListenOnIPv4Alone(t *testing.T) {
	l, err := Listen(t.Context(), "0.0.0.0", 0, true)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if l.Addr().(*net.TCPAddr).IP.To4() == nil {
		t.Errorf("it listens on %s", l.Addr())
	}
}
