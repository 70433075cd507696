package main

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"sandbank/clock"
	"sandbank/webhook"
)

// hookVoice tells of webhooks that do not arrive: of an endpoint's first failure at once, of further ones once
// a minute by their number, and of the first success after them. What arrives is not told.
type hookVoice struct {
	wall clock.Computer
	say  func(hookWord)

	mu      sync.Mutex
	failing map[string]*failing // by endpoint, while it fails
}

// failing is an endpoint that fails.
type failing struct {
	tries  int // in all
	untold int
	told   time.Time
}

// hookWord is what is told of one endpoint.
type hookWord struct {
	webhook.Tried
	Failed int  // tries in a row, 1 for the first
	Again  bool // it arrives again
}

// These bound what is told, and what is kept for it.
const (
	hookEvery  = time.Minute
	maxFailing = 1000 // endpoints
)

// heard takes a try.
func (h *hookVoice) heard(t webhook.Tried) {
	if word, tell := h.judge(t); tell {
		h.say(word)
	}
}

func (h *hookVoice) judge(t webhook.Tried) (word hookWord, tell bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	known := h.failing[t.Owner.ID]
	if t.Code/100 == 2 {
		if known == nil {
			return hookWord{}, false
		}
		delete(h.failing, t.Owner.ID)
		return hookWord{Tried: t, Failed: known.tries, Again: true}, true
	}
	now := h.wall.Now()
	if known == nil {
		if len(h.failing) >= maxFailing {
			return hookWord{}, false
		}
		h.failing[t.Owner.ID] = &failing{tries: 1, told: now}
		return hookWord{Tried: t, Failed: 1}, true
	}
	known.tries++
	known.untold++
	if now.Sub(known.told) < hookEvery {
		return hookWord{}, false
	}
	known.untold, known.told = 0, now
	return hookWord{Tried: t, Failed: known.tries}, true
}

// hook prints a word about an endpoint. Of its URL the query is left out, which may have a secret.
func (v *voice) hook(w hookWord) {
	to, why := w.Owner.ID, w.Error
	if u, err := url.Parse(w.Request.URL); err == nil {
		at := u.Scheme + "://" + u.Host + u.Path
		to, why = to+" at "+at, strings.ReplaceAll(why, w.Request.URL, at)
	}
	if w.Code != 0 && v.json == nil {
		why = fmt.Sprintf("answered %d", w.Code)
	}
	if v.json != nil {
		v.json.Info("webhook", "endpoint", w.Owner.ID, "arrives", w.Again, "failed", w.Failed, "code", w.Code, "error", why)
		return
	}
	status, text := "declined", "webhook fails"
	switch {
	case w.Again:
		status, text, why = "captured", "webhook arrives", fmt.Sprintf("after %d tries that failed", w.Failed)
	case w.Failed > 1:
		why += fmt.Sprintf(", %d tries in a row", w.Failed)
	case w.Status == webhook.DeliveryPending:
		why += ", tried again at " + w.NextAt.Format("15:04:05")
	}
	v.say("%s  %s  %s · %s", w.At.Format("15:04:05.000"), v.paint.Status(status, fmt.Sprintf("%-15s", text)), to, why)
}
