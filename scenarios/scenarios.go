// Package scenarios is the library of scenarios that ships with Sandbank, as files, which are part of
// the programs as well.
package scenarios

import (
	"embed"
	"io/fs"
)

//go:embed *.yaml lessons/*.yaml
var files embed.FS

// Files has all of them: the library in one folder, and the lessons in a folder below it.
func Files() fs.FS { return files }

// Group is scenarios that belong together, in the order in which one reads them.
type Group struct {
	Title string
	Says  string   // in a sentence
	Names []string // of files, without .yaml
}

// Groups lists all scenarios of the library, each once.
func Groups() []Group {
	return []Group{
		{"Paid", "How a payment comes to its end, and what customers do on the way.", []string{"paid", "second-card", "challenge", "idempotency", "race"}},
		{"Silence and lateness", "What most integrations forget: nobody says anything, or somebody says it too late.", []string{"abandoned", "late-success", "bank-timeout", "stale-attempt"}},
		{"Webhooks", "First, twice, in the wrong order, lost, forged, and to a server that is away.", []string{"webhook-first", "webhook-twice", "webhook-reordered", "webhook-lost", "webhook-forged", "webhook-retries", "receiver-fault"}},
		{"Held on the way", "Stopped at a hop, moved by hand, and let go.", []string{"hold-webhook", "hold-bank", "hold-lost"}},
		{"Money, later", "Captures, refunds, disputes, settlements and payouts.", []string{"partial-captures", "authorization-runs-out", "refund-fails", "dispute", "dispute-ignored", "settlement", "payout"}},
		{"Outages", "A bank, the broker or the database is away.", []string{"bank-offline", "broker-outage", "database-outage"}},
		{"Other APIs", "The same payments, asked for as a program does that was written for Stripe or for Mollie.", []string{"stripe", "mollie"}},
		{"A whole day", "All of it together.", []string{"day"}},
	}
}
