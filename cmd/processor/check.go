package main

import "context"

type checkCommand struct {
	DatabaseURL string `name:"database-url" help:"PostgreSQL."`
	Data        string `help:"Folder of an embedded database."`
}

// Run checks.
func (c *checkCommand) Run(ctx context.Context, to output) error { return nil }
