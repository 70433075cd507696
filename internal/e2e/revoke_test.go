package e2e_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"sandbank/identity"
	"sandbank/merchant/load"
	"sandbank/web/oauth"
	"sandbank/web/stream"
)

// A token that is revoked at one processor ends what is open with it at another, with
// the close code of the documentation. How fast it is follows from how often a
// processor looks, which is held here too, since a busy machine measures nothing.
func TestRevoked_EndsStreamsOfAnotherProcessor(t *testing.T) {
	t.Parallel()
	w := newGuest(t)
	shared := "http://127.0.0.1:8080" // a token is good where it was asked for, by the public address
	_, one := w.processor("--public-url", shared)
	_, two := w.processor("--public-url", shared)
	w.bank("SANDNL2A")
	w.awaitReady(one)
	w.awaitReady(two)
	w.nothingLost(w.load(1, nil, one))
	if oauth.LookEvery > 250*time.Millisecond {
		t.Errorf("a processor looks for revocations every %s: want 250 ms at most, half of what is promised", oauth.LookEvery)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	id, secret := identity.DemoShop.ID, identity.DemoShop.Secret.Reveal()
	token, err := load.Token(ctx, one, id, secret)
	if err != nil {
		t.Fatal(err)
	}
	conn, _, err := websocket.Dial(ctx, two+"/v1/events/ws", &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + token}}, Subprotocols: []string{"sandbank.events.v1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	if _, frame, err := conn.Read(ctx); err != nil || !strings.Contains(string(frame), "ready") {
		t.Fatalf("opened a stream at the second processor: want ready, got %s %v", frame, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, one+"/oauth/revoke", strings.NewReader(url.Values{"token": {token}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(id, secret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("revoked the token at the first processor: want 200, got %s", answer.Status)
	}
	for {
		_, frame, err := conn.Read(ctx)
		if err == nil {
			t.Logf("before its end the stream said %s", frame)
			continue
		}
		if code := websocket.CloseStatus(err); code != stream.CloseRevoked {
			t.Errorf("the stream at the second processor: want it to end with %d, got %v", stream.CloseRevoked, err)
		}
		return
	}
}
