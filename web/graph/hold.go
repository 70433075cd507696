package graph

import (
	"context"

	"sandbank/chance"
	"sandbank/processor"
	"sandbank/sim"
	"sandbank/web/graph/model"
)

// reach is whose payments the caller may hold: its own, those of the merchant that it names, or everybody's.
func (s *Server) reach(ctx context.Context) processor.Reach {
	caller := lineOf(ctx).principal()
	if caller.Merchant.ID == "" && !caller.Role.OfMerchant() {
		return processor.Everyone()
	}
	return processor.Only(caller.Merchant.ID)
}

// Holds are those in force.
func (q queries) Holds(ctx context.Context) ([]model.Hold, error) {
	list := []model.Hold{}
	for _, h := range q.Processor.Holds(q.reach(ctx)) {
		list = append(list, *model.NewHold(h))
	}
	return list, nil
}

// Held is what is held now.
func (q queries) Held(ctx context.Context, payment *string, limit int) ([]model.Held, error) {
	of, err := heldOf(payment)
	if err != nil {
		return nil, err
	}
	if limit < 1 || limit > maxLimit {
		return nil, wrong().At("/limit", "must be 1 to %d", maxLimit)
	}
	found, err := q.Processor.Held(ctx, q.reach(ctx), of)
	list := []model.Held{}
	for _, h := range found[:min(limit, len(found))] {
		list = append(list, *model.NewHeld(h))
	}
	return list, err
}

// heldOf refuses what is no payment's id. Nil is every payment.
func heldOf(payment *string) (string, error) {
	switch {
	case payment == nil:
		return "", nil
	case !chance.ValidID("pay", *payment):
		return "", wrong().At("/payment", "must be the id of a payment, or be left out for every payment")
	}
	return *payment, nil
}

func (m mutations) BeginHold(ctx context.Context, wish sim.HoldWish) (*model.Hold, error) {
	var begun sim.Hold
	err := m.act(ctx, "mutation beginHold", func(ctx context.Context) error {
		h, err := wish.Check()
		if err == nil {
			begun, err = m.Processor.BeginHold(ctx, m.reach(ctx), h)
		}
		return err
	})
	return model.NewHold(begun), err
}

func (m mutations) EndHold(ctx context.Context, id string) (bool, error) {
	err := m.act(ctx, "mutation endHold", func(ctx context.Context) error { return m.Processor.EndHold(ctx, m.reach(ctx), id) })
	return err == nil, err
}

func (m mutations) MoveHeld(ctx context.Context, id string, move sim.MoveWish) (*model.Held, error) {
	var moved sim.Held
	err := m.act(ctx, "mutation moveHeld", func(ctx context.Context) (err error) {
		moved, err = m.Processor.Move(ctx, m.reach(ctx), id, move)
		return err
	})
	return model.NewHeld(moved), err
}

func (m mutations) Step(ctx context.Context, payment *string) (*model.Held, error) {
	var moved sim.Held
	err := m.act(ctx, "mutation step", func(ctx context.Context) error {
		of, err := heldOf(payment)
		if err == nil {
			moved, err = m.Processor.Step(ctx, m.reach(ctx), of)
		}
		return err
	})
	return model.NewHeld(moved), err
}
