package skeleton

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	amqp "github.com/rabbitmq/amqp091-go"
)

// bic is the one bank.
const bic = "SANDNL2A"

// create writes new payments.
func (s *server) create(ids []uuid.UUID) error {
	_, err := s.db.Exec(context.Background(), `INSERT INTO payment (id, merchant, amount, currency, status, bank, token, expires_at)
		SELECT id, 'demo-shop', 1999, 'EUR', 'created', $2, id::text, now() + interval '15 minutes' FROM unnest($1::uuid[]) AS new (id)`, ids, bic)
	return err
}

// pay moves payments on, with what their banks are to be asked, and asks them. What is confirmed leaves the outbox.
func (s *server) pay(ids []uuid.UUID) error {
	bodies := make([][]byte, len(ids))
	for i, id := range ids {
		body, err := json.Marshal(request{Payment: id, Type: "authorize", Amount: "19.99", Currency: "EUR", Card: "4242"})
		if err != nil {
			return err
		}
		bodies[i] = body
	}
	var b pgx.Batch
	b.Queue(`UPDATE payment SET status = 'processing' WHERE id = ANY($1) AND status = 'created'`, ids)
	b.Queue(`INSERT INTO outbox (id, payment, body) SELECT id, id, body FROM unnest($1::uuid[], $2::bytea[]) AS new (id, body)`, ids, bodies)
	if err := s.commit(&b); err != nil {
		return err
	}
	confirms := make([]*amqp.DeferredConfirmation, len(ids))
	for i, body := range bodies {
		c, err := s.bank.send(body)
		if err != nil {
			return err
		}
		confirms[i] = c
	}
	go func() {
		for _, c := range confirms {
			c.Wait()
		}
		_, err := s.db.Exec(context.Background(), `DELETE FROM outbox WHERE id = ANY($1)`, ids)
		s.fail(err)
	}()
	return nil
}

// book writes what a bank said: the status, three postings and an event for each, and has the events posted.
func (s *server) book(list []amqp.Delivery) error {
	ids, bodies := make([]uuid.UUID, len(list)), make([]string, len(list))
	for i, d := range list {
		var a answer
		if err := json.Unmarshal(d.Body, &a); err != nil {
			s.fail(err)
			return err
		}
		ids[i], bodies[i] = a.Payment, string(d.Body)
	}
	var b pgx.Batch
	b.Queue(`UPDATE payment SET status = 'captured' WHERE id = ANY($1) AND status = 'processing'`, ids)
	b.Queue(`INSERT INTO posting (payment, account, amount) SELECT id, account, amount FROM unnest($1::uuid[]) AS paid (id),
		(VALUES ('bank:SANDNL2A:receivable', 1999), ('merchant:demo-shop:payable', -1960), ('fees', -39)) AS line (account, amount)`, ids)
	b.Queue(`INSERT INTO event (id, payment, body) SELECT id, id, body::jsonb FROM unnest($1::uuid[], $2::text[]) AS new (id, body)`, ids, bodies)
	if err := s.commit(&b); err != nil {
		s.fail(err)
		return err
	}
	if err := list[len(list)-1].Ack(true); err != nil { // one consumer and one writer: they are in order
		s.fail(err)
		return err
	}
	for i, id := range ids {
		s.posts.waiting <- post{id, bodies[i]}
	}
	return nil
}

// delivered marks events that their receiver took.
func (s *server) delivered(ids []uuid.UUID) error {
	_, err := s.db.Exec(context.Background(), `UPDATE event SET delivered = true WHERE id = ANY($1)`, ids)
	s.fail(err)
	return err
}

func (s *server) commit(b *pgx.Batch) error {
	return pgx.BeginFunc(context.Background(), s.db, func(tx pgx.Tx) error { return tx.SendBatch(context.Background(), b).Close() })
}
