package amqpd

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// started is a server that is closed after the test.
func started(t testing.TB, cfg Config) *Server {
	t.Helper()
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestProtocol_WrongHeader(t *testing.T) {
	c := rawDial(t, started(t, Config{}))
	c.write([]byte("AMQP\x00\x01\x00\x00"))
	got := make([]byte, 8)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != string(protocolHeader) {
		t.Errorf("answer is %q, %v; want the version spoken", got, err)
	}
	c.expectEnd()
}

func TestProtocol_Login(t *testing.T) {
	s := started(t, Config{})
	told := table{{"authentication_failure_close", true}}
	for _, c := range []struct {
		name, mechanism, response string
		capabilities              table
		code                      replyCode // 0 for a closed socket
	}{
		{"wrong password", "PLAIN", "\x00guest\x00wrong", told, codeAccessRefused},
		{"wrong password, old client", "PLAIN", "\x00guest\x00wrong", nil, 0},
		{"malformed", "PLAIN", "guest", told, codeSyntaxError},
		{"malformed table", "AMQPLAIN", "guest", told, codeSyntaxError},
		{"unknown mechanism", "EXTERNAL", "", told, codeNotAllowed},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := rawDial(t, s)
			client.login(c.capabilities, c.mechanism, c.response)
			if c.code != 0 {
				client.expectClose(c.code)
			} else if _, err := client.next(); !errors.Is(err, io.EOF) {
				t.Errorf("got %v, want the end", err)
			}
		})
	}
}

func TestProtocol_Tune(t *testing.T) {
	s := started(t, Config{})
	for name, tune := range map[string]func(*encoder){
		"frame too small":   func(e *encoder) { e.short(0); e.long(100); e.short(0) },
		"frame too large":   func(e *encoder) { e.short(0); e.long(1 << 20); e.short(0) },
		"too many channels": func(e *encoder) { e.short(60000); e.long(0); e.short(0) },
	} {
		t.Run(name, func(t *testing.T) {
			c := rawDial(t, s)
			c.login(nil, "PLAIN", "\x00guest\x00guest")
			c.expect(connectionTune)
			c.send(0, connectionTuneOK, tune)
			c.expectClose(codeNotAllowed)
		})
	}
}

// TestProtocol_Violations says the wrong thing on an open connection.
func TestProtocol_Violations(t *testing.T) {
	s := started(t, Config{})
	content := func(kind byte, n int) func(*rawClient) {
		return func(c *rawClient) {
			var e encoder
			e.frame(kind, 1, func() { e.b = append(e.b, make([]byte, n)...) })
			c.write(e.b)
		}
	}
	method := func(channel uint16, id methodID, args string) func(*rawClient) {
		return func(c *rawClient) { c.send(channel, id, func(e *encoder) { e.b = append(e.b, args...) }) }
	}
	publish := method(1, basicPublish, "\x00\x00\x00\x01q\x00")
	for _, v := range []struct {
		name string
		code replyCode
		say  []func(*rawClient)
	}{
		{"frame beyond the negotiated size", codeFrameError, []func(*rawClient){content(frameBody, frameMinMax)}},
		{"unknown frame type", codeFrameError, []func(*rawClient){content(4, 0)}},
		{"malformed arguments", codeSyntaxError, []func(*rawClient){method(1, queueDeclare, "\x00\x00\xffshort")}},
		{"malformed table", codeSyntaxError, []func(*rawClient){method(1, queueDeclare, "\x00\x00\x01q\x00\x00\x00\x00\x03\x01aZ")}},
		{"channel method on channel 0", codeCommandInvalid, []func(*rawClient){method(0, queueDeclare, "")}},
		{"channel that is not open", codeChannelError, []func(*rawClient){method(2, basicAck, "")}},
		{"channel opened twice", codeChannelError, []func(*rawClient){method(1, channelOpen, "\x00")}},
		{"channel beyond the maximum", codeNotAllowed, []func(*rawClient){method(101, channelOpen, "\x00")}},
		{"header without a publish", codeUnexpectedFrame, []func(*rawClient){content(frameHeader, 14)}},
		{"body without a header", codeUnexpectedFrame, []func(*rawClient){publish, content(frameBody, 1)}},
		{"method instead of content", codeUnexpectedFrame, []func(*rawClient){publish, publish}},
		{"malformed header", codeSyntaxError, []func(*rawClient){publish, content(frameHeader, 3)}},
		{"unknown method", codeNotImplemented, []func(*rawClient){method(1, classBasic<<16|199, "")}},
		{"unknown class", codeNotImplemented, []func(*rawClient){method(1, 77<<16|10, "")}},
		{"heartbeat on a channel", codeUnexpectedFrame, []func(*rawClient){content(frameHeartbeat, 0)}},
	} {
		t.Run(v.name, func(t *testing.T) {
			c := rawDial(t, s).open(nil, 0)
			for _, say := range v.say {
				say(c)
			}
			if reason := c.expectClose(v.code); !strings.HasPrefix(reason, v.code.name()+" - ") {
				t.Errorf("reason is %q", reason)
			}
		})
	}
}

// TestProtocol_BodyLongerThanAnnounced also covers that a connection survives
// nothing whose frames cannot be told apart any more.
func TestProtocol_BodyLongerThanAnnounced(t *testing.T) {
	c := rawDial(t, started(t, Config{})).open(nil, 0)
	c.play(func(s *script) {
		s.method(basicPublish).short(0).str("").str("q").octet(0).done()
		s.e.frame(frameHeader, 1, func() { s.e.b = append(s.e.b, "\x00\x3c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00"...) })
		s.e.frame(frameBody, 1, func() { s.e.b = append(s.e.b, "three"...) })
	})
	c.expectClose(codeFrameError)
}

// TestProtocol_FramesAfterChannelClose are discarded until close-ok, after
// which the number can be used again.
func TestProtocol_FramesAfterChannelClose(t *testing.T) {
	broker := started(t, Config{})
	c := rawDial(t, broker).open(nil, 0)
	c.play(func(s *script) { s.method(basicAck).longlong(7).octet(0).done() }, declareQ, publishQ)
	d := c.expect(channelClose)
	if code := replyCode(d.short()); code != codePreconditionFailed {
		t.Errorf("code is %d", code)
	}
	c.play(func(s *script) {
		s.method(channelClose).short(200).str("crossing").short(0).short(0).done()
	})
	c.expect(channelCloseOK)
	c.send(1, channelCloseOK, nil)
	c.send(1, channelOpen, func(e *encoder) { e.shortstr("") })
	c.expect(channelOpenOK)
	if len(broker.Queues()) != 0 {
		t.Error("a method after the error was carried out")
	}
}

func TestProtocol_Heartbeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		c := rawDial(t, s).open(nil, 2)
		began := time.Now()
		beats := 0
		for { // saying nothing ourselves
			fr, err := c.frames.next()
			if err != nil {
				break
			}
			if fr.kind == frameHeartbeat {
				beats++
			}
		}
		if took := time.Since(began); took != 4*time.Second || beats < 2 {
			t.Errorf("ended after %v and %d heartbeats, want 4s and some", took, beats)
		}
	})
}

// TestProtocol_HandshakeTimeout sees that a connection which says nothing
// does not stay.
func TestProtocol_HandshakeTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		c := rawDial(t, s)
		began := time.Now()
		if _, err := c.next(); !errors.Is(err, io.EOF) {
			t.Errorf("got %v, want the end", err)
		}
		if took := time.Since(began); took < handshakeTimeout || took > handshakeTimeout+2*closeGrace {
			t.Errorf("ended after %v", took)
		}
	})
}
