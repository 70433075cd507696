package postgres

import (
	"context"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sandbank/sim/outage"
)

// meetFaults has a pool meet faults: where a connection is made, and where one is taken to ask
// something.
func meetFaults(config *pgxpool.Config, seam outage.Seam) {
	if seam.Ask == nil {
		return
	}
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		return seam.Line.Dial(ctx, func(ctx context.Context) (net.Conn, error) { return dial(ctx, network, address) })
	}
	config.PrepareConn = func(ctx context.Context, _ *pgx.Conn) (bool, error) { return true, seam.Ask(ctx) }
}
