package live

import (
	"bytes"
	"context"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"fix403/flows/roles"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// Attempts is how often a call is made that fails.
const Attempts = 3

// trial is the attempts at one endpoint: what it uses up is made again after each success.
type trial struct {
	m        *measuring
	probe    probe
	values   map[string]string
	prepared error
}

// refusedError is an answer that is never a cell: it tells nothing of a role.
type refusedError struct {
	who    msg.Message
	status int
	text   string // of realm-admin's: the beginning
}

func (e *refusedError) Error() string { return e.Sentence().String() }

// Sentence returns the error's sentence, to be rendered in a language.
func (e *refusedError) Sentence() msg.Message {
	return msg.New("%s got %d %s", e.who, e.status, e.text)
}

// noAnswerError is a call that got no whole answer.
type noAnswerError struct {
	who msg.Message
	err error
}

func (e *noAnswerError) Error() string { return e.Sentence().String() }

// Unwrap returns why.
func (e *noAnswerError) Unwrap() error { return e.err }

// Sentence returns the error's sentence, to be rendered in a language.
func (e *noAnswerError) Sentence() msg.Message {
	if errors.Is(e.err, context.DeadlineExceeded) {
		return msg.New("%s got no response in time", e.who)
	}
	err := e.err
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err // without the URL, which is the scratch realm's
	}
	return msg.New("%s got no response: %s", e.who, msg.Of(err).Clause())
}

// crowded are the answers that may come of calls at the same time.
func crowded(status int) bool {
	return status == http.StatusConflict || status == http.StatusTooManyRequests || status >= 500 && status != http.StatusNotImplemented
}

// unanswered reports whether an error is that of a call that got no answer of Keycloak's: none at all, or that of a proxy.
func unanswered(err error) bool {
	var none *noAnswerError
	var refused *refusedError
	var failed *failure.Error
	switch {
	case errors.As(err, &none):
		return true
	case errors.As(err, &refused):
		return overloaded(refused.status)
	case errors.As(err, &failed):
		return failed.Kind == failure.Timeout || failed.Kind == failure.Unreachable || overloaded(failed.Status)
	}
	return false
}

// overloaded are the answers that may be others after a while.
func overloaded(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// pause waits before something is tried again.
func (m *measuring) pause(ctx context.Context) error {
	t := time.NewTimer(m.options.RetryAfter)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// call makes the call as a caller, and again where it fails. Its error is that of the last attempt.
func (t *trial) call(ctx context.Context, c *caller) (answer, error) {
	for n := 1; ; n++ {
		a, err := t.attempt(ctx, c)
		if err == nil {
			return a, nil
		}
		if ctx.Err() != nil {
			return a, ctx.Err()
		}
		if n == Attempts {
			return a, err
		}
		var refused *refusedError
		switch {
		case !errors.As(err, &refused) || overloaded(refused.status):
			if err := t.m.pause(ctx); err != nil {
				return a, err
			}
		case refused.status == http.StatusUnauthorized: // the token was revoked by what is measured
			if err := t.m.renew(ctx, c); err != nil && !unanswered(err) {
				return a, err
			}
		}
	}
}

// attempt makes the call once.
func (t *trial) attempt(ctx context.Context, c *caller) (answer, error) {
	if t.values == nil {
		if err := t.prepare(ctx); err != nil {
			t.values = nil
			return answer{}, err
		}
	}
	a, err := t.m.send(ctx, c, t.probe, t.values)
	if t.probe.method != http.MethodGet && a.status != http.StatusUnauthorized && (err != nil || a.status < 300 || crowded(a.status) || len(t.probe.fresh) == 0) {
		t.values = nil
	}
	switch {
	case err != nil:
		return a, &noAnswerError{msg.Verbatim(c.name()), err}
	case crowded(a.status) && a.status != t.probe.passed || a.status == http.StatusUnauthorized:
		return a, &refusedError{msg.Verbatim(c.name()), a.status, a.text}
	}
	t.m.answered()
	return a, nil
}

func (t *trial) prepare(ctx context.Context) error {
	t.values = t.m.clone(t.m.values)
	for _, r := range rules {
		if strings.HasPrefix(t.probe.path, r.path) && strings.HasSuffix(t.probe.kind, r.kind) {
			if v := fill(r.value, t.values); v != missing {
				t.values[r.name] = v
			} else {
				delete(t.values, r.name)
			}
		}
	}
	for _, st := range t.probe.fresh {
		err := t.m.do(ctx, st, t.values)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return ctx.Err()
		case unanswered(err):
			return err
		case !st.optional:
			if st.id != "" {
				delete(t.values, st.id)
			}
			t.prepared = err
		}
	}
	return nil
}

// send makes the call with the caller's token.
func (m *measuring) send(ctx context.Context, c *caller, p probe, values map[string]string) (answer, error) {
	path := fillPath(p.template(), values)
	if p.query != "" {
		path += "?" + fill(p.query, values)
	}
	body, kind := fill(p.body, values), ""
	switch {
	case strings.HasPrefix(body, "text:"):
		body, kind = body[len("text:"):], "text/plain"
	case strings.HasPrefix(body, "form:"):
		body, kind = body[len("form:"):], "application/x-www-form-urlencoded"
	case strings.HasPrefix(body, "patch:"):
		body, kind = body[len("patch:"):], "application/merge-patch+json"
	case strings.HasPrefix(body, "multipart:"):
		body, kind = multipartBody(body[len("multipart:"):])
	case p.body != "":
		kind = "application/json"
	}
	timeout := m.timeout
	if p.key() == realmDeletion.key() {
		timeout = m.realmTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, p.method, m.server.URL()+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+c.bearer())
	req.Header.Set("Accept", "application/json, */*;q=0.5")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := m.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	text, err := wire.ReadAnswer(res)
	if err != nil {
		return answer{}, err
	}
	a := answerOf(res.StatusCode, text, p.method == http.MethodGet)
	if a.status >= http.StatusMultipleChoices && c.name() == roles.RealmAdmin { // what is told of the others is their status
		const most = 300
		a.text = m.server.Recorder().Quote(string(text), most)
	}
	return a, nil
}

// multipartBody makes a form of several parts of "name=value;name=value".
func multipartBody(fields string) (body, kind string) {
	var b strings.Builder
	form := multipart.NewWriter(&b)
	for field := range strings.SplitSeq(fields, ";") {
		name, value, _ := strings.Cut(field, "=")
		_ = form.WriteField(name, value) // to memory
	}
	_ = form.Close()
	return b.String(), form.FormDataContentType()
}
