package amqpd_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker/amqpd"
)

// dial connects within the process.
func dial(t testing.TB, s *amqpd.Server, user, password string) (*amqp.Connection, error) {
	t.Helper()
	conn, err := amqp.DialConfig("amqp://"+user+":"+password+"@in-process/", amqp.Config{
		Dial: func(string, string) (net.Conn, error) { return s.Dial(t.Context()) },
	})
	if err == nil {
		t.Cleanup(func() { conn.Close() })
	}
	return conn, err
}

// open connects as guest and opens a channel in confirm mode.
func open(t testing.TB, s *amqpd.Server) (*amqp.Connection, *amqp.Channel) {
	t.Helper()
	conn, err := dial(t, s, "guest", "guest")
	if err != nil {
		t.Fatal(err)
	}
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	if err := ch.Confirm(false); err != nil {
		t.Fatal(err)
	}
	return conn, ch
}

func declare(t testing.TB, ch *amqp.Channel, name string, args amqp.Table) {
	t.Helper()
	if _, err := ch.QueueDeclare(name, true, false, false, false, args); err != nil {
		t.Fatal(err)
	}
}

// publish waits for the confirm.
func publish(t testing.TB, ch *amqp.Channel, queue string, body []byte) {
	t.Helper()
	c, err := ch.PublishWithDeferredConfirm("", queue, false, false, amqp.Publishing{Body: body})
	if err != nil {
		t.Fatal(err)
	}
	if !c.Wait() {
		t.Fatal("nacked")
	}
}

func code(err error) int {
	var e *amqp.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

func TestServer_Close(t *testing.T) {
	s, addr := listening(t, amqpd.Config{})
	conn, err := amqp.Dial("amqp://guest:guest@" + addr + "/")
	if err != nil {
		t.Fatal(err)
	}
	inProcess, _ := open(t, s)
	ends := []chan *amqp.Error{conn.NotifyClose(make(chan *amqp.Error, 1)), inProcess.NotifyClose(make(chan *amqp.Error, 1))}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, end := range ends {
		if e := <-end; e == nil || e.Code != amqp.ConnectionForced {
			t.Errorf("clients are told %v, want 320", e)
		}
	}
	if _, err := s.Dial(t.Context()); !errors.Is(err, amqpd.ErrClosed) {
		t.Errorf("dial after close: %v", err)
	}
	if _, err := s.Listen("tcp", "127.0.0.1:0"); !errors.Is(err, amqpd.ErrClosed) {
		t.Errorf("listen after close: %v", err)
	}
	if nc, err := net.Dial("tcp", addr); err == nil {
		_ = nc.Close()
		t.Error("still listening")
	}
}

// TestServer_CloseWithSilentClient sees that a client which does not answer
// holds the server up only for a moment.
func TestServer_CloseWithSilentClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := amqpd.New(amqpd.Config{})
		if err != nil {
			t.Fatal(err)
		}
		nc, err := s.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		began := time.Now()
		_ = s.Close()
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("close took %v", took)
		}
	})
}

func TestServer_DialCancelled(t *testing.T) {
	s := serving(t, amqpd.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Dial(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestNew_ReportsAllFaults(t *testing.T) {
	_, err := amqpd.New(amqpd.Config{Users: []amqpd.User{
		{Name: "one", Configure: "("}, {Name: "", Password: "x"}, {Name: "two", Read: "[", Write: "("},
	}})
	for _, want := range []string{`"one": configure`, "without a name", `"two": write`, `"two": read`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not mention %q", err, want)
		}
	}
}

func TestServer_DropConnections(t *testing.T) {
	s := serving(t, amqpd.Config{})
	conn, ch := open(t, s)
	open(t, s)
	declare(t, ch, "q", nil)
	publish(t, ch, "q", []byte("m"))
	in, err := ch.Consume("q", "", false, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	<-in
	if q := s.Queues()[0]; q != (amqpd.QueueInfo{Name: "q", Type: "classic", Unacked: 1, Consumers: 1}) {
		t.Errorf("queue is %+v", q)
	}
	end := conn.NotifyClose(make(chan *amqp.Error, 1))
	if n := s.DropConnections(); n != 2 {
		t.Errorf("dropped %d", n)
	}
	if e := <-end; e == nil {
		t.Error("the client did not notice")
	}
	_, ch = open(t, s)
	in, err = ch.Consume("q", "", false, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := <-in; !d.Redelivered {
		t.Error("not marked as redelivered")
	}
	// A dropped connection leaves the list when its goroutines have ended.
	for give := time.After(5 * time.Minute); len(s.Connections()) > 1; {
		select {
		case <-give:
			t.Fatal("the dropped connections stay")
		case <-time.After(time.Millisecond):
		}
	}
	if list := s.Connections(); len(list) != 1 || list[0].User != "guest" || list[0].Channels != 1 {
		t.Errorf("connections are %+v", list)
	}
}

// TestServer_MemoryLimit fills the broker until publishers are blocked, and
// sees them go on once a consumer has made room.
func TestServer_MemoryLimit(t *testing.T) {
	s := serving(t, amqpd.Config{MemoryLimit: 1 << 20})
	conn, ch := open(t, s)
	declare(t, ch, "q", nil)
	blocked := conn.NotifyBlocked(make(chan amqp.Blocking, 200))
	published := make(chan int)
	go func() {
		n := 0
		for ; n < 100; n++ {
			if ch.Publish("", "q", false, false, amqp.Publishing{Body: make([]byte, 32<<10)}) != nil { //nolint:staticcheck // no context to give
				break
			}
		}
		published <- n
	}()
	if b := <-blocked; !b.Active {
		t.Fatal("unblocked before blocked")
	}
	if held := s.HeldBytes(); held > 1<<20+64<<10 {
		t.Errorf("%d bytes held, a message or two beyond the limit are allowed", held)
	}
	_, other := open(t, s)
	in, err := other.Consume("q", "", true, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		<-in
	}
	if n := <-published; n != 100 {
		t.Errorf("published %d", n)
	}
	// The answer comes after every word about blocking.
	if _, err := ch.QueueDeclarePassive("q", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	active := true
	for len(blocked) > 0 {
		active = (<-blocked).Active
	}
	if active {
		t.Error("not unblocked")
	}
}

func TestServer_MaxMessageSize(t *testing.T) {
	s := serving(t, amqpd.Config{MaxMessageSize: 1000})
	_, ch := open(t, s)
	declare(t, ch, "q", nil)
	publish(t, ch, "q", make([]byte, 1000))
	end := ch.NotifyClose(make(chan *amqp.Error, 1))
	if err := ch.Publish("", "q", false, false, amqp.Publishing{Body: make([]byte, 1001)}); err != nil { //nolint:staticcheck // no context to give
		t.Fatal(err)
	}
	if e := <-end; e.Code != amqp.PreconditionFailed || !strings.Contains(e.Reason, "1000") {
		t.Errorf("told %v", e)
	}
}

// TestUser_Change changes permissions under an open connection.
func TestUser_Change(t *testing.T) {
	s := serving(t, amqpd.Config{})
	bank := amqpd.User{Name: "bank", Password: "secret", Configure: "^bank"}
	if err := s.SetUser(bank); err != nil {
		t.Fatal(err)
	}
	conn, err := dial(t, s, "bank", "secret")
	if err != nil {
		t.Fatal(err)
	}
	try := func() int {
		ch, err := conn.Channel()
		if err != nil {
			t.Fatal(err)
		}
		_, err = ch.QueueDeclare("bank.q", true, false, false, false, nil)
		return code(err)
	}
	if got := try(); got != 0 {
		t.Errorf("allowed: %d", got)
	}
	bank.Configure = ""
	if err := s.SetUser(bank); err != nil {
		t.Fatal(err)
	}
	if got := try(); got != amqp.AccessRefused {
		t.Errorf("revoked: %d", got)
	}
	s.RemoveUser("bank")
	if got := try(); got != amqp.AccessRefused {
		t.Errorf("removed: %d", got)
	}
	if _, err := dial(t, s, "bank", "secret"); code(err) != amqp.AccessRefused {
		t.Errorf("login: %v", err)
	}
}

// TestUser_Topics is how a merchant hears its own events and no other's.
func TestUser_Topics(t *testing.T) {
	s := serving(t, amqpd.Config{Users: []amqpd.User{{
		Name: "shop", Password: "x", Configure: "^shop", Write: ".*", Read: ".*",
		Topics: []amqpd.TopicPermission{{Exchange: "amq.topic", Write: "", Read: `^payment\.[^.]+\.shop$`}},
	}}})
	conn, err := dial(t, s, "shop", "x")
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]int{"payment.*.shop": 0, "payment.*.other": 403, "#": 403, "payment.#.shop": 0} {
		ch, err := conn.Channel()
		if err != nil {
			t.Fatal(err)
		}
		declare(t, ch, "shop.q", nil)
		if got := code(ch.QueueBind("shop.q", key, "amq.topic", false, nil)); got != want {
			t.Errorf("bind %q: %d, want %d", key, got, want)
		}
	}
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	end := ch.NotifyClose(make(chan *amqp.Error, 1))
	_ = ch.Publish("amq.topic", "payment.captured.shop", false, false, amqp.Publishing{}) //nolint:staticcheck // no context to give
	if e := <-end; e.Code != amqp.AccessRefused {
		t.Errorf("publish: %v", e)
	}
}

// stoppedClock is a Clock that moves only when told.
type stoppedClock struct {
	now  chan time.Time // holds the present
	tick chan time.Time
}

func (c stoppedClock) Now() time.Time {
	now := <-c.now
	c.now <- now
	return now
}

func (c stoppedClock) After(time.Duration) (<-chan time.Time, func() bool) {
	return c.tick, func() bool { return true }
}

// advance moves the clock and waits until all that follows from it is done.
func (c stoppedClock) advance(d time.Duration) {
	now := (<-c.now).Add(d)
	c.now <- now
	select {
	case c.tick <- now:
	default: // nobody has taken the last one
	}
	synctest.Wait()
}

func TestBound_ExpiresAnUnusedQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := stoppedClock{now: make(chan time.Time, 1), tick: make(chan time.Time, 1)}
		clock.now <- time.Unix(1_700_000_000, 0)
		s := serving(t, amqpd.Config{Clock: clock, Bounds: []amqpd.Bound{{Pattern: `^shop\.`, Unused: time.Hour}}})
		_, ch := open(t, s)
		declare(t, ch, "shop.q", nil)
		declare(t, ch, "shop.sooner", amqp.Table{"x-expires": int64(60_000)})
		declare(t, ch, "shop.later", amqp.Table{"x-expires": int64(36_000_000)})
		declare(t, ch, "bank.q", nil)
		left := func() (names []string) {
			for _, q := range s.Queues() {
				names = append(names, q.Name)
			}
			return names
		}
		clock.advance(59 * time.Minute)
		if got := left(); !slices.Equal(got, []string{"bank.q", "shop.later", "shop.q"}) {
			t.Errorf("after 59 minutes: %v", got)
		}
		clock.advance(time.Minute)
		if got := left(); !slices.Equal(got, []string{"bank.q"}) {
			t.Errorf("after an hour: %v", got)
		}
	})
}

func TestClock_Expiry(t *testing.T) { synctest.Test(t, expireByClock) }

func expireByClock(t *testing.T) {
	clock := stoppedClock{now: make(chan time.Time, 1), tick: make(chan time.Time, 1)}
	clock.now <- time.Unix(1_700_000_000, 0)
	s := serving(t, amqpd.Config{Clock: clock})
	_, ch := open(t, s)
	declare(t, ch, "dead", nil)
	declare(t, ch, "q", amqp.Table{"x-message-ttl": int64(3_600_000),
		"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"})
	for i := range 2 {
		publish(t, ch, "q", fmt.Append(nil, i))
	}
	clock.advance(59 * time.Minute)
	if q := s.Queues()[1]; q.Name != "q" || q.Depth != 2 {
		t.Errorf("after 59 minutes: %+v", q)
	}
	clock.advance(time.Minute)
	for i := range 2 {
		d, ok, err := ch.Get("dead", true)
		if err != nil || !ok || string(d.Body) != fmt.Sprint(i) {
			t.Fatalf("dead letter %d: %q, %v, %v", i, d.Body, ok, err)
		}
		death := d.Headers["x-death"].([]any)[0].(amqp.Table)
		if at := death["time"].(time.Time).Unix(); at != 1_700_000_000+3600 {
			t.Errorf("died at %d", at)
		}
	}
}

func TestServer_Topology(t *testing.T) {
	s, _ := listening(t, amqpd.Config{})
	_, ch := open(t, s)
	declare(t, ch, "q", nil)
	for _, name := range []string{"a", "b"} {
		if err := ch.ExchangeDeclare(name, "topic", true, false, false, false, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"z", "k"} {
		if err := ch.QueueBind("q", key, "a", false, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := ch.ExchangeBind("b", "#", "a", false, nil); err != nil {
		t.Fatal(err)
	}
	got := s.Topology()
	want := []amqpd.BindingInfo{
		{Source: "a", Key: "#", Destination: "b", ToExchange: true}, {Source: "a", Key: "k", Destination: "q"}, {Source: "a", Key: "z", Destination: "q"},
	}
	if !slices.Equal(got.Bindings, want) || len(got.Queues) != 1 || !slices.Contains(got.Exchanges, amqpd.ExchangeInfo{Name: "b", Kind: "topic"}) {
		t.Errorf("%+v", got)
	}
}
