package shop

import (
	"context"
	"net/http"
	"slices"
	"time"

	"sandbank/clock"
	"sandbank/event"
	"sandbank/merchant/client"
)

// heard are the events the shop asks for: every result, the declines after which
// a customer may try again, and what becomes of the money later.
var heard = []string{
	event.PaymentAuthorized, event.PaymentCaptured, event.PaymentDeclined, event.PaymentFailed,
	event.PaymentCanceled, event.PaymentVoided, event.AttemptDeclined,
	event.CaptureSucceeded, event.CaptureFailed, event.VoidSucceeded, event.VoidFailed, event.RefundSucceeded, event.RefundFailed,
	event.DisputeOpened, event.DisputeUnderReview, event.DisputeWon, event.DisputeLost,
}

// hook receives webhooks.
func (s *Shop) hook() http.Handler {
	return client.Receiver{
		Secrets: []string{s.WebhookSecret},
		Handle:  s.take,
		Refused: func(r *http.Request, err error) {
			s.told("")
			s.Log.WarnContext(r.Context(), "a webhook was refused", "from", r.RemoteAddr, "error", err)
			poke(s.doubt)
		},
	}
}

func (s *Shop) told(eventType string) {
	if s.Told != nil {
		s.Told(eventType)
	}
}

// take notes an event. An event about an unknown order belongs to another
// program of the same merchant, or is too old: sending it again would not help.
// A thin body says only which payment it is about, so that is asked for.
func (s *Shop) take(ctx context.Context, e client.Event) error {
	s.told(e.Type)
	if !e.AboutPayment() {
		return nil
	}
	p, err := e.Payment()
	if err == nil && p.Reference == "" {
		p, err = s.Client.Payment(ctx, p.ID)
	}
	if err != nil {
		return err
	}
	s.orders.change(p.Reference, func(o *order) { o.told(e, p, s.Clock.Now()) })
	return nil
}

const (
	checkEvery = 15 * time.Second // a processor without a memory forgets its endpoints
	firstRetry = time.Second
	lastRetry  = 15 * time.Second
)

// registration is the shop's endpoint at the processor.
type registration struct {
	*Shop
	made      string // its id, where this run made it
	replace   bool   // one from before is not good enough
	complaint string // the last one, so that each is logged once
}

// register sees to it that the processor has the shop's endpoint, from the
// start to the end: the processor may start later than the shop, and again.
func (s *Shop) register(ctx context.Context) {
	reg := registration{Shop: s, replace: s.replace}
	retry := firstRetry
	for {
		wait := checkEvery
		if err := reg.ensure(ctx); err != nil {
			wait, retry = retry, min(2*retry, lastRetry)
		} else {
			retry = firstRetry
		}
		again := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			again.Stop()
			return
		case <-again.C:
		case <-s.doubt:
			again.Stop()
			// An endpoint from an earlier run may have another secret. One of this run
			// has not: such a message is a forger's, and must have no effect.
			reg.replace = reg.made == ""
			if clock.Pause(ctx, firstRetry) != nil {
				return
			}
		}
	}
}

// ensure makes the endpoint, unless there is a good one.
func (g *registration) ensure(ctx context.Context) error {
	err := g.tidy(ctx)
	g.known.Store(err == nil)
	if err != nil && ctx.Err() == nil && err.Error() != g.complaint {
		g.Log.Warn("the shop is not registered for webhooks; it keeps trying", "url", g.WebhookURL, "error", err)
		g.complaint = err.Error()
	}
	if err == nil {
		g.replace, g.complaint = false, ""
	}
	return err
}

// tidy keeps one good endpoint with the shop's address and deletes the others.
func (g *registration) tidy(ctx context.Context) error {
	have, err := g.Client.Endpoints(ctx)
	if err != nil {
		return err
	}
	found := false
	for _, e := range have {
		if e.URL != g.WebhookURL {
			continue
		}
		if !found && !g.replace && e.Enabled && slices.Equal(e.Events, heard) {
			found = true
			continue
		}
		if err := g.Client.DeleteEndpoint(ctx, e.ID); err != nil {
			return err
		}
	}
	if found {
		return nil
	}
	made, err := g.Client.CreateEndpoint(ctx, client.NewEndpoint{URL: g.WebhookURL, Events: heard, Secret: g.WebhookSecret})
	if err == nil {
		g.made = made.ID
		g.Log.Info("registered for webhooks", "url", g.WebhookURL, "endpoint", made.ID)
	}
	return err
}
