package examples_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Everything that is heard over HTTP, each in Go and in Node: the same events on
// all of them, from one command without anything else.
func TestExamples_OverHTTP(t *testing.T) {
	s := newStage(t, "--no-shop")
	s.ready()
	listeners := []*process{
		s.inGo("sse"), s.inNode("sse"), s.inGo("websocket"), s.inNode("websocket"), s.inGo("polling"), s.inNode("polling"),
		s.inGo("graphql"), s.inNode("graphql"), s.inNode("graphql", "--sse"),
	}
	for _, p := range listeners {
		s.await(p.name, func(context.Context) error {
			if !strings.Contains(p.err.String(), "listening") {
				return errors.New("it does not listen")
			}
			return nil
		})
	}
	// "listening" may be said a moment before the server has heard of it, so there is
	// another payment for who missed the first.
	for _, p := range listeners {
		s.pay()
		select {
		case <-p.done:
		case <-time.After(5 * time.Second):
			s.pay()
		}
	}
	known := s.events()
	for _, p := range listeners {
		if line := s.heard(p); !known[line] || !strings.HasPrefix(line, "payment.captured pay_") {
			t.Errorf("%s heard %q", p.name, line)
		}
	}
}

// events are all there are, as the examples print them.
func (s *stage) events() map[string]bool {
	s.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.PostForm(s.base+"/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"demo-shop"}, "client_secret": {"demo-shop-secret"},
	})
	if err != nil {
		s.Fatal(err)
	}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	err = json.NewDecoder(answer.Body).Decode(&token)
	_ = answer.Body.Close()
	if err != nil {
		s.Fatal(err)
	}
	r, _ := http.NewRequestWithContext(s.Context(), http.MethodGet, s.base+"/v1/events?limit=100", nil)
	r.Header.Set("Authorization", "Bearer "+token.AccessToken)
	if answer, err = client.Do(r); err != nil {
		s.Fatal(err)
	}
	var page struct {
		Data []struct {
			ID, Type string
			Data     struct{ ID string }
		}
	}
	err = json.NewDecoder(answer.Body).Decode(&page)
	_ = answer.Body.Close()
	if err != nil {
		s.Fatal(err)
	}
	lines := map[string]bool{}
	for _, e := range page.Data {
		lines[fmt.Sprintln(e.Type, e.Data.ID, e.ID)[:len(e.Type)+len(e.Data.ID)+len(e.ID)+2]] = true
	}
	return lines
}
