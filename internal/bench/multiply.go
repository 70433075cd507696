package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sandbank/store/postgres"
)

// multiply makes so many payments of those of the template, sealed.
func multiply(ctx context.Context, url string, payments int) error {
	began := time.Now()
	if n := payments/template - 1; n > 0 {
		if err := copies(ctx, url, n); err != nil {
			return fmt.Errorf("the copies: %w", err)
		}
	}
	say("  copied to %d payments in %s", max(payments, template), time.Since(began).Round(time.Second))
	began = time.Now()
	if err := seal(ctx, url); err != nil {
		return err
	}
	say("  sealed in %s", time.Since(began).Round(time.Second))
	return nil
}

// seal has the store seal what was copied, and the server count it.
func seal(ctx context.Context, url string) error {
	s, err := postgres.Open(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	for _, seal := range []func(context.Context, int) (int, error){s.Seal, s.SealAudits} {
		for n := 1; n > 0; {
			if n, err = seal(ctx, 20_000); err != nil {
				return err
			}
		}
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, `VACUUM (ANALYZE)`)
	return err
}
