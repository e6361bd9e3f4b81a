//go:build linux

package acceptance

import (
	"bufio"
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// requests of a client that keeps to no rule; %s is where one of its own texts stands.
var hostileRequests = []string{
	"GET /realms/master HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: %s\r\n\r\n",
	"GET /realms/master HTTP/1.1\r\nHost: x\r\nX-Evil: %s\r\n\r\n",
	"GET /admin/realms/%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n",
	"GET /admin/realms/../../%s HTTP/1.1\r\nHost: x\r\n\r\n",
	"POST /realms/master/protocol/openid-connect/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000000000\r\n\r\ngrant_type=%s",
	"POST /realms/master/protocol/openid-connect/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n%s",
	"POST /admin/realms HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nContent-Length: 20\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /%s HTTP/1.1\r\n\r\n",
	"CONNECT sso.example.com:443 HTTP/1.1\r\nHost: sso.example.com:443\r\nX: %s\r\n\r\n",
	"OPTIONS * HTTP/1.1\r\nHost: x\r\nOrigin: %s\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n%s", "GET http://elsewhere.example/%s HTTP/1.1\r\nHost: x\r\n\r\n",
	"%s", "GET / HTTP/0.9\r\n\r\n%s", "GET /%s", "GET / HTTP/1.1\r\nHost: %s\r\n", "HEAD /%00/%2e%2e/ HTTP/1.1\r\nHost: x\r\nRange: bytes=0-%s\r\nExpect: 100-continue\r\n\r\n",
}

// TestHostileClients: the practice server stands clients that keep to no rule, and serves the next one.
func TestHostileClients(t *testing.T) {
	t.Parallel()
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64() // #nosec G404 -- of a test
	cmd := exec.CommandContext(t.Context(), file, "practice", "--port", "0", "--learners", "2")
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var base *url.URL
	lines := bufio.NewReader(out)
	for base == nil {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("it names no address: %v\n%s", err, &errs)
		}
		if _, after, found := strings.Cut(line, "http://"); found {
			if base, err = url.Parse("http://" + strings.Fields(after)[0]); err != nil {
				t.Fatal(err)
			}
		}
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	texts := []string{"", "\x1b[2J", "\u202e\u009b", strings.Repeat("x", 100<<10), strings.Repeat("../", 1000), nested(50_000), "\xff\xfe\x00", strings.Repeat("a=b&", 10_000), roleToken(60<<10, 1), "%s%n"}
	var clients sync.WaitGroup
	for i := range 8 {
		r := rand.New(rand.NewPCG(seed, uint64(i))) // #nosec G404 -- of a test
		clients.Go(func() {
			for range 60 {
				request := strings.ReplaceAll(hostileRequests[r.IntN(len(hostileRequests))], "%s", texts[r.IntN(len(texts))])
				c, err := net.DialTimeout("tcp", base.Host, 10*time.Second)
				if err != nil {
					t.Errorf("seed %d: %v", seed, err)
					return
				}
				_, _ = io.WriteString(c, request)
				if r.IntN(2) == 0 {
					_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond)) // or it goes away without an answer
					answer, _ := io.ReadAll(io.LimitReader(c, 1<<20))
					if strings.ContainsAny(string(answer), "\x1b\u009b\u202e") {
						t.Errorf("seed %d: %.200q is answered by %.300q", seed, request, answer)
					}
				}
				_ = c.Close()
			}
		})
	}
	clients.Wait()
	res, err := http.Get(base.String() + "/realms/master")
	if err != nil {
		t.Fatalf("seed %d: %v\n%s", seed, err, &errs)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("seed %d: status %d", seed, res.StatusCode)
	}
	if peak := peakOf(cmd.Process.Pid); peak > mostResident {
		t.Errorf("seed %d: it takes %d MB", seed, peak>>10)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("seed %d: it ended with %v", seed, err)
	}
	for _, sign := range []string{"goroutine ", "panic"} {
		if strings.Contains(errs.String(), sign) {
			t.Errorf("seed %d: %.3000s", seed, &errs)
		}
	}
}
