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
	// "listening" may be printed a moment before the server has heard of it, so there
	// is another payment for an example that missed the first.
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

// Clients as they are, eventsource, graphql-ws and graphql-sse, and the one with
// ws: their processor is killed and comes back, and they have heard every event
// once, in order.
func TestExamples_GoOnAfterAKill(t *testing.T) {
	s := newStage(t, "--no-shop", "--data", t.TempDir())
	s.ready()
	listeners := []*process{s.node("sse"), s.node("websocket"), s.node("graphql"), s.node("graphql", "--sse")}
	for _, p := range listeners {
		s.await(p.name, func(context.Context) error {
			if !strings.Contains(p.err.String(), "listening") {
				return errors.New("it does not listen")
			}
			return nil
		})
	}
	s.hearAll(listeners)
	for range 2 {
		s.again()
		s.hearAll(listeners)
	}
	for _, p := range listeners {
		seen := map[string]bool{}
		lines := strings.Split(strings.TrimSpace(p.out.String()), "\n")
		for _, line := range lines {
			if seen[line] {
				t.Errorf("%s heard twice: %s", p.name, line)
			}
			seen[line] = true
		}
		whole := strings.Split(strings.TrimSpace(listeners[1].out.String()), "\n")
		if tail := whole[max(0, len(whole)-len(lines)):]; strings.Join(tail, "\n") != strings.Join(lines, "\n") {
			t.Errorf("%s heard\n%s\nand not\n%s", p.name, strings.Join(lines, "\n"), strings.Join(tail, "\n"))
		}
	}
}

// hearAll makes payments and waits until everybody has heard of the last one.
func (s *stage) hearAll(listeners []*process) {
	s.Helper()
	s.pay()
	s.pay() // in case the first came a moment too early
	newest := ""
	for line := range s.events() {
		id := line[strings.LastIndex(line, " "):]
		if strings.HasPrefix(line, "payment.captured") && id > newest[max(0, strings.LastIndex(newest, " ")):] {
			newest = line
		}
	}
	for _, p := range listeners {
		s.await(p.name+" to hear "+newest, func(context.Context) error {
			if !strings.Contains(p.out.String(), newest) {
				return errors.New("it has not")
			}
			return nil
		})
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
