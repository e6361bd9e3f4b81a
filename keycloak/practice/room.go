package practice

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"sync/atomic"
)

// The bounds of this server are kept where every request passes, and not where each kind of object is made: what a realm
// holds is weighed as a whole, whatever it consists of. A request is refused before it is read as JSON, so that the bounds
// hold for what a body becomes, too.

// room is what a realm takes of the memory.
type room struct {
	weighed int64 // bytes when it was last weighed; 0 before
	grown   int64 // since then, at most
	shrunk  bool  // something may have been removed since
}

func (r *room) bytes() int64 { return r.weighed + r.grown }

// becomes bounds what a body may take of the memory once it is read: each value of JSON or a form has a word or more.
func becomes(body []byte) int64 {
	const value = 64
	n := int64(2 * len(body))
	for _, b := range body {
		switch b {
		case ',', ':', '[', '{', '&', '=':
			n += value
		}
	}
	return n
}

// makeRoom refuses a request that needs more memory than its realm, or the server, has. What only reads or removes is never
// refused. Logins have twice the room: a full realm can still be tidied up.
func (c *call) makeRoom(segs []string) error {
	c.cost = becomes(c.body) + int64(headerSize(c.r))
	var name string
	switch {
	case len(segs) > 2 && segs[0] == "admin" && segs[1] == "realms":
		name = segs[2]
	case len(segs) > 1 && segs[0] == "realms":
		name = segs[1]
	}
	c.costs = c.s.realms[name]
	if c.r.Method != http.MethodPost && c.r.Method != http.MethodPut {
		return nil
	}
	s, r := c.s, c.costs
	limit := s.opt.MaxRealmBytes
	switch {
	case r == nil: // one that is to be made, or an unknown one
		r = &realm{}
	case r.isMaster(): // it grows with the number of realms
		limit += int64(len(s.realms)) * masterPerRealm
		fallthrough
	default:
		s.weighed(r, limit)
		if segs[0] == "realms" {
			limit *= 2
		}
	}
	if r.room.bytes()+c.cost > limit {
		return errLimit(fmt.Sprintf("The practice Keycloak keeps at most %d MB in a realm.", s.opt.MaxRealmBytes>>20))
	}
	if s.bytes()+c.cost <= s.opt.MaxBytes {
		return nil
	}
	for _, other := range s.realms {
		s.weighed(other, s.opt.MaxRealmBytes)
	}
	// Where others have filled the server, a small realm can still be worked in, and so can one that is as good as new.
	share := max(s.opt.MaxBytes/int64(2*len(s.realms)), newRealm+newRealm/4)
	if r.room.bytes()+c.cost > share && r.room.grown > 0 && c.costs != nil {
		r.room = room{weighed: r.weigh()}
	}
	if s.bytes()+c.cost > s.opt.MaxBytes && (c.costs == nil || r.room.bytes()+c.cost > share) {
		return errLimit(fmt.Sprintf("The practice Keycloak keeps at most %d MB in all realms together.", s.opt.MaxBytes>>20))
	}
	return nil
}

// spent adds what a request may have left in its realm, whether it succeeded or not.
func (c *call) spent() {
	if r := c.costs; r != nil {
		r.room.grown += c.cost
		r.room.shrunk = r.room.shrunk || c.r.Method == http.MethodDelete || c.r.Method == http.MethodPut
	}
}

// weighed weighs a realm that seems to be over its limit, if that can tell something new.
func (s *Server) weighed(r *realm, limit int64) {
	if w := &r.room; w.weighed == 0 || w.bytes() > limit/2 && (w.shrunk || w.grown > limit/64) {
		*w = room{weighed: r.weigh()}
	}
}

// bytes is what all realms take.
func (s *Server) bytes() int64 {
	var sum int64
	for _, r := range s.realms {
		if sum += r.room.bytes(); r.room.weighed == 0 {
			sum += newRealm
		}
	}
	return sum
}

// newRealm is what a realm takes that nobody has written to yet, and masterPerRealm what it adds to master: a client with
// its roles.
const (
	newRealm       = 128 << 10
	masterPerRealm = 16 << 10
)

// weigh is how many bytes a realm takes, with all that can be reached from it but not from another realm.
func (r *realm) weigh() int64 {
	w := weigher{root: r, seen: map[any]bool{}}
	if r.masterClient != nil && !r.isMaster() {
		w.seen[reflect.ValueOf(r.masterClient).Pointer()] = true // it is master's
	}
	return w.reach(reflect.ValueOf(r))
}

type weigher struct {
	root *realm
	seen map[any]bool // addresses
}

var (
	realmType = reflect.TypeFor[*realm]()
	keyType   = reflect.TypeFor[*realmKey]() // it comes into being beside the lock
	idsType   = reflect.TypeFor[*ids]()
)

// reach is what a value holds beyond its own size.
func (w *weigher) reach(v reflect.Value) int64 {
	switch v.Kind() {
	case reflect.String:
		return int64(v.Len())
	case reflect.Interface:
		if v.IsNil() {
			return 0
		}
		return size(v.Elem().Type()) + w.reach(v.Elem())
	case reflect.Pointer:
		const key = 4 << 10
		switch {
		case v.IsNil() || v.Type() == idsType || v.Type() == realmType && v.Pointer() != reflect.ValueOf(w.root).Pointer() || !w.first(v.Pointer()):
			return 0
		case v.Type() == keyType:
			return key
		}
		return size(v.Type().Elem()) + w.reach(v.Elem())
	case reflect.Struct:
		var n int64
		for i := range v.NumField() {
			n += w.reach(v.Field(i))
		}
		return n
	case reflect.Slice, reflect.Array:
		var n int64
		if v.Kind() == reflect.Slice {
			if v.IsNil() {
				return 0
			}
			n = int64(v.Cap()) * size(v.Type().Elem())
		}
		if plain(v.Type().Elem().Kind()) {
			return n
		}
		for i := range v.Len() {
			n += w.reach(v.Index(i))
		}
		return n
	case reflect.Map:
		if v.IsNil() || !w.first(v.Pointer()) {
			return 0
		}
		const header, entry = 48, 16
		n := header + int64(v.Len())*(entry+2*size(v.Type().Key())+2*size(v.Type().Elem()))
		for i := v.MapRange(); i.Next(); {
			n += w.reach(i.Key()) + w.reach(i.Value())
		}
		return n
	default: // numbers, and what no realm has
		return 0
	}
}

func size(t reflect.Type) int64 { return int64(t.Size()) } // #nosec G115 -- of a type of this package

func (w *weigher) first(address uintptr) bool {
	if w.seen[address] {
		return false
	}
	w.seen[address] = true
	return true
}

func plain(k reflect.Kind) bool { return k <= reflect.Complex128 }

// traffic bounds what requests and answers take while they are on their way: a slow caller holds its own for a minute.
type traffic struct {
	used atomic.Int64
	most int64
}

func (t *traffic) take(n int64) bool {
	if t.used.Add(n) <= t.most {
		return true
	}
	t.used.Add(-n)
	return false
}

var errBusy = errLimit("The practice Keycloak has too many large requests and answers on their way. Try again in a moment.")

// readBody reads at most one byte more than a body may have.
func (c *call) readBody() ([]byte, error) {
	const chunk = 32 << 10
	var body []byte
	for rest := io.LimitReader(c.r.Body, c.s.opt.MaxBody+1); ; {
		if len(body) == cap(body) {
			more := int64(max(chunk, cap(body)))
			if c.r.ContentLength >= 0 && body == nil {
				more = min(max(c.r.ContentLength+1, 1), chunk)
			}
			if !c.hold(more) {
				return nil, errBusy
			}
			body = append(make([]byte, 0, int64(cap(body))+more), body...)
		}
		n, err := rest.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case err == io.EOF:
			return body, nil
		case err != nil:
			return nil, errStatus(http.StatusBadRequest)
		}
	}
}

// hold takes a part of the traffic until the call has ended.
func (c *call) hold(n int64) bool {
	if !c.s.traffic.take(n) {
		return false
	}
	c.held += n
	return true
}
