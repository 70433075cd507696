package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// everywhere is how every connection is set up.
var everywhere = map[string]string{
	// A client that dies in a transaction must not hold its locks for long.
	"idle_in_transaction_session_timeout": "30s",
	// The queries are small: to compile one takes longer than to run it.
	"jit": "off",
}

// byIndex is how connections plan that look up and change rows by their keys.
// A prepared statement keeps the plan of its first executions, and those meet
// empty tables without statistics: a scan looks cheap to the planner then, and
// gets dearer with every payment until somebody analyzes the table.
var byIndex = map[string]string{
	"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "plan_cache_mode": "force_generic_plan",
}

// setUp sets a new connection up, once it stands: a pooler in between, such as PgBouncer, refuses connections that begin
// with settings it does not know.
func setUp(settings ...map[string]string) func(context.Context, *pgx.Conn) error {
	var set strings.Builder
	for _, list := range settings {
		for _, name := range slices.Sorted(maps.Keys(list)) {
			_, _ = fmt.Fprintf(&set, "SET %s = '%s';", name, list[name])
		}
	}
	return func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.PgConn().Exec(ctx, set.String()).ReadAll(); err != nil {
			return err
		}
		return withTexts(ctx, conn)
	}
}
