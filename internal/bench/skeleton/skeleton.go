// Package skeleton does the durable work of a payment and nothing else, as a limit to measure Sandbank against: it takes
// a create and a pay over HTTP, asks a bank over AMQP and hears it, both confirmed, books the status, three postings and
// an event, posts the event to a receiver and marks it as delivered. It checks nothing, knows no mistake and tells nobody
// why; what it stores is stored as durably as Sandbank's.
//
//	customer ─▶ [Serve] ─▶ requests ─▶ [Bank] ─▶ results ─▶ [Serve] ─▶ receiver
//	               └────────────── PostgreSQL ───────────────┘
package skeleton

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	amqp "github.com/rabbitmq/amqp091-go"
)

// Server is where a skeleton listens and what it works on.
type Server struct {
	Listener    net.Listener
	AMQP        string
	Database    string
	Receiver    string // the URL that events are posted to
	CreateLanes int    // commits of creates, and of pays, at the same time; 0 for 2
}

const tables = `
CREATE TABLE payment (
	id uuid PRIMARY KEY, merchant text, amount bigint, currency text, status text, bank text, token text,
	created_at timestamptz DEFAULT now(), expires_at timestamptz
);
CREATE INDEX ON payment (expires_at) WHERE status = 'created';
CREATE TABLE outbox (id uuid PRIMARY KEY, payment uuid, body bytea);
CREATE TABLE posting (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payment uuid, account text, amount bigint);
CREATE TABLE event (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id uuid, payment uuid, body jsonb, delivered boolean DEFAULT false);
CREATE INDEX ON event (number) WHERE NOT delivered;
CREATE INDEX ON event (id);`

// Prepare makes the tables and the queues.
func Prepare(ctx context.Context, amqpURL, database string) error {
	pool, err := pgxpool.New(ctx, database)
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.Exec(ctx, tables); err != nil {
		return fmt.Errorf("tables of the skeleton: %w", err)
	}
	conn, err := amqp.Dial(amqpURL)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	for _, queue := range []string{requests, results} {
		if _, err := ch.QueueDeclare(queue, true, false, false, false, amqp.Table{"x-queue-type": "quorum"}); err != nil {
			return fmt.Errorf("queue %s of the skeleton: %w", queue, err)
		}
	}
	return nil
}

// server is a running skeleton.
type server struct {
	db      *pgxpool.Pool
	created *commits[uuid.UUID]
	paid    *commits[uuid.UUID]
	posts   *posts
	bank    *publisher
	failed  chan error // the first of what goes wrong ends the skeleton
}

// Serve works until the context ends.
func (c Server) Serve(ctx context.Context) (err error) {
	s := &server{failed: make(chan error, 1)}
	if s.db, err = pgxpool.New(ctx, c.Database); err != nil {
		return err
	}
	defer s.db.Close()
	if s.bank, err = newPublisher(c.AMQP, requests); err != nil {
		return err
	}
	defer s.bank.close()
	lanes := c.CreateLanes
	if lanes == 0 {
		lanes = 2
	}
	s.created, s.paid = together(lanes, s.create), together(lanes, s.pay)
	s.posts = newPosts(c.Receiver, together(1, s.delivered), s.fail)
	booked := together(1, s.book)
	ear, err := listen(c.AMQP, results, ahead, func(d amqp.Delivery) { booked.add(d) })
	if err != nil {
		return err
	}
	defer func() { _ = ear.Close() }()
	web := &http.Server{Handler: s.routes(), ReadHeaderTimeout: time.Minute}
	go func() { s.fail(web.Serve(c.Listener)) }()
	defer func() { _ = web.Close() }()
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return err
	}
}

func (s *server) fail(err error) {
	if err == nil {
		return
	}
	select {
	case s.failed <- err:
	default:
	}
}

func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/payments", func(w http.ResponseWriter, r *http.Request) {
		var wish struct {
			Amount    struct{ Value, Currency string }
			Reference string
			ReturnURL string `json:"return_url"`
		}
		if err := json.NewDecoder(r.Body).Decode(&wish); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		id := uuid.Must(uuid.NewV7())
		if answered(w, s.created.do(id)) {
			w.WriteHeader(http.StatusAccepted)
			_ = json.NewEncoder(w).Encode(map[string]any{"id": id, "bank": bic, "checkout_url": "/pay/" + id.String()})
		}
	})
	mux.HandleFunc("POST /pay/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, err := uuid.Parse(r.PathValue("id"))
		if err != nil || !strings.HasPrefix(r.FormValue("card"), "4") {
			http.Error(w, "no payment or no card", http.StatusBadRequest)
			return
		}
		answered(w, s.paid.do(id))
	})
	return mux
}

func answered(w http.ResponseWriter, err error) bool {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
	return err == nil
}
