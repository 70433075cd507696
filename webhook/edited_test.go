package webhook

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The kept part of a try is enough to rebuild its request, byte for byte.
func TestSent_IsWhatWasSent(t *testing.T) {
	for name, change := range map[string]func(*Delivery){
		"full":                 func(*Delivery) {},
		"thin":                 func(d *Delivery) { d.Endpoint.Body, d.Endpoint.Signature = BodyThin, SignatureBoth },
		"cloudevents":          func(d *Delivery) { d.Endpoint.Body = BodyCloudEvents },
		"edited":               func(d *Delivery) { d.Edited = []byte(`{"id":"evt_2","data":{}}`) },
		"edited CloudEvent":    func(d *Delivery) { d.Edited = []byte(`{"specversion":"1.0","id":"evt_1"}`) },
		"edited without an id": func(d *Delivery) { d.Edited = []byte("not JSON") },
		"edited with an id that would end the signed part": func(d *Delivery) { d.Edited = []byte(`{"id":"evt.2"}`) },
		"edited to nothing": func(d *Delivery) { d.Edited = []byte{} },
	} {
		var head http.Header
		var body []byte
		d := to(receiver(t, func(_ http.ResponseWriter, r *http.Request) {
			head = r.Header
			body, _ = io.ReadAll(r.Body)
		}))
		d.Endpoint.Keys = keys("a")
		change(&d)
		a := sender(t, time.Minute).Send(t.Context(), d)
		want, sent := a.Sent(d.Event)
		if string(sent) != string(body) {
			t.Errorf("%s: kept %s, sent %s", name, sent, body)
		}
		for _, line := range want {
			if head.Get(line.Name) != line.Value {
				t.Errorf("%s: %s is kept as %q, and was sent as %q", name, line.Name, line.Value, head.Get(line.Name))
			}
		}
		if err := Verify(d.Endpoint.Secret.Reveal(), head, body, noon); err != nil {
			t.Errorf("%s: the headers and the body that are kept do not verify: %v", name, err)
		}
		if is := head.Get("Content-Type") == "application/cloudevents+json"; is != strings.Contains(strings.ToLower(name), "cloudevent") {
			t.Errorf("%s: the content is %s", name, head.Get("Content-Type"))
		}
		edited := strings.HasPrefix(name, "edited")
		if (head.Get(HeaderEdited) == "true") != edited || a.Edited() != edited {
			t.Errorf("%s: marked %q", name, head.Get(HeaderEdited))
		}
		id := "evt_1"
		if name == "edited" {
			id = "evt_2" // a receiver that has seen evt_1 takes it for new
		}
		if head.Get(HeaderID) != id {
			t.Errorf("%s: the webhook-id is %s", name, head.Get(HeaderID))
		}
	}
}

func TestSend_RefusesABodyThatIsTooLarge(t *testing.T) {
	d := to(receiver(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") }))
	d.Edited = make([]byte, MaxRequest+1)
	if a := sender(t, time.Minute).Send(t.Context(), d); a.Code != 0 || !strings.Contains(a.Error, "at most") {
		t.Errorf(`sent an edited body of MaxRequest+1 bytes: want an error with "at most" and no answer, got %+v`, a)
	}
}

func TestSend_KeepsTheAnswersHeadersWithinBounds(t *testing.T) {
	url := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h["Date"], h["X-B"], h["X-A"] = nil, []string{"1", "2"}, []string{"é\xff"}
		h.Set("Set-Cookie", "session=secret")
		h.Set("X-Long", strings.Repeat("x", 5000))
		w.WriteHeader(204)
	})
	a := sender(t, time.Minute).Send(t.Context(), to(url))
	if want := "Set-Cookie: (not kept)\nX-A: é?\nX-B: 1\nX-B: 2\n"; a.Headers != want {
		t.Errorf("kept %q, not %q", a.Headers, want)
	}
}

// An endpoint that changes while deliveries wait for it: they go to its present
// address. A disabled one gets no more of them.
func TestDeliverer_FollowsItsEndpoint(t *testing.T) {
	release, began := make(chan struct{}), make(chan string, 10*PerEndpoint)
	r := run(t, func(_ context.Context, d Delivery) Attempt {
		began <- d.Endpoint.URL
		<-release
		return Attempt{Code: 200}
	})
	r.Offer(r.shelf.add(shop, PerEndpoint+2))
	for range PerEndpoint {
		<-began
	}
	moved := shop
	moved.URL = "http://elsewhere.example/"
	r.Changed(moved)
	release <- struct{}{}
	if got := <-began; got != moved.URL {
		t.Errorf("what waited goes to %s", got)
	}
	moved.Enabled = false
	r.Changed(moved)
	close(release)
	for range PerEndpoint + 1 {
		r.next(t)
	}
	r.stop()
	select {
	case url := <-began:
		t.Errorf("a disabled endpoint is called at %s", url)
	default:
	}
}

// The overlap of keys is by the clock that can be turned.
func TestDeliverer_DropsFormerKeysInTime(t *testing.T) {
	used := make(chan bool, 10)
	r := run(t, func(_ context.Context, d Delivery) Attempt {
		used <- d.Endpoint.Former != nil
		return Attempt{Code: 200}
	})
	e := shop
	e.Rotate(keys("b"), r.clock.Now())
	list := r.shelf.add(e, 2)
	r.Offer(list[:1])
	if r.next(t); !<-used {
		t.Error("the old keys count no more at once")
	}
	r.clock.Advance(Overlap)
	r.Offer(list[1:])
	if r.next(t); <-used {
		t.Error("the old keys count after a day")
	}
	if a := r.Try(t.Context(), list[1]); a.Code != 200 || <-used {
		t.Errorf("by hand: %+v", a)
	}
}
