package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sandbank/identity"
)

// asked is how often each reading is measured, in turn on both databases.
const asked = 40

// reading is something that people and programs read.
type reading struct {
	what, path, token string
}

// reads measures lists, pages, searches and the reconciliation on both databases, in turn.
func reads(ctx context.Context, few, many *sized) error {
	var lists [2][]reading
	for k, s := range []*sized{few, many} {
		var err error
		if lists[k], err = s.readings(ctx); err != nil {
			return err
		}
	}
	say("")
	say("What people and programs read, in ms, p50 and p99 of %d, with few and with many stored payments:", asked)
	for i := range lists[0] {
		var times [2][]float64
		for range asked {
			for k, s := range []*sized{few, many} {
				took, err := s.read(ctx, lists[k][i])
				if err != nil {
					return fmt.Errorf("%s: %w", lists[k][i].what, err)
				}
				times[k] = append(times[k], took)
			}
		}
		slices.Sort(times[0])
		slices.Sort(times[1])
		say("  %-44s %7.1f %7.1f    %7.1f %7.1f", lists[0][i].what, times[0][asked/2], times[0][asked-1], times[1][asked/2], times[1][asked-1])
	}
	return nil
}

// read reads once, and returns how many milliseconds it took.
func (s *sized) read(ctx context.Context, r reading) (float64, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, s.product.url+r.path, nil)
	if err != nil {
		return 0, err
	}
	if r.token != "" {
		q.Header.Set("Authorization", "Bearer "+r.token)
	}
	began := time.Now()
	err = exchange(http.DefaultClient, q, http.StatusOK)
	return float64(time.Since(began)) / float64(time.Millisecond), err
}

// readings are what is measured on a database.
func (s *sized) readings(ctx context.Context) (list []reading, err error) {
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(ctx) }()
	var id, reference, settlement, payout string
	var events int64
	err = conn.QueryRow(ctx, `SELECT p.id, p.reference, (SELECT id FROM records WHERE kind = 'settlement' LIMIT 1), (SELECT id FROM records WHERE kind = 'payout' LIMIT 1),
		(SELECT max(last) FROM sequences WHERE merchant = p.merchant) FROM payments p WHERE merchant = $1 AND reference LIKE 'load-%' LIMIT 1`, identity.DemoShop.Merchant.ID).
		Scan(&id, &reference, &settlement, &payout, &events)
	if err != nil {
		return nil, err
	}
	tokens := map[string]string{}
	for _, c := range []identity.Client{identity.DemoShop, identity.DemoOperator, identity.DemoAuditor} {
		if tokens[c.ID], err = tokenOf(ctx, s.product.url, c); err != nil {
			return nil, err
		}
	}
	for _, r := range [][3]string{
		{"payments, the newest 100", "demo-shop", "/v1/payments?limit=100"},
		{"payments of a status that few have", "demo-shop", "/v1/payments?limit=20&status=declined"},
		{"payments of a bank", "demo-shop", "/v1/payments?limit=100&bank=SANDNL2A"},
		{"payments of a method that none has", "demo-shop", "/v1/payments?limit=100&method=account"},
		{"payments by reference", "demo-shop", "/v1/payments?reference=" + url.QueryEscape(reference)},
		{"one payment", "demo-shop", "/v1/payments/" + id},
		{"events from the middle, 100", "demo-shop", fmt.Sprintf("/v1/events?limit=100&after=%d", events/2)},
		{"payouts", "demo-shop", "/v1/payouts?limit=100"},
		{"a payout's items", "demo-shop", "/v1/payouts/" + payout + "/items?limit=100"},
		{"settlements", "demo-operator", "/v1/settlements?limit=100"},
		{"a settlement's items", "demo-operator", "/v1/settlements/" + settlement + "/items?limit=100"},
		{"open breaks", "demo-operator", "/v1/breaks?status=open"},
		{"balances", "demo-operator", "/v1/ledger/accounts"},
		{"entries, the newest 100", "demo-operator", "/v1/ledger/entries?limit=100"},
		{"an account's statement", "demo-operator", "/v1/ledger/entries?limit=100&account=" + url.QueryEscape("bank:SANDNL2A:receivable")},
		{"reconciliation", "demo-operator", "/v1/reconciliation"},
		{"audit log, the newest 100", "demo-auditor", "/v1/audit?limit=100"},
		{"audit log of a payment", "demo-auditor", "/v1/audit?object=" + id},
		{"dashboard: payments", "", "/"},
		{"dashboard: a payment", "", "/payments/" + id},
		{"dashboard: search by reference", "", "/?q=" + url.QueryEscape(reference)},
	} {
		list = append(list, reading{what: r[0], token: tokens[r[1]], path: r[2]})
	}
	return list, nil
}
