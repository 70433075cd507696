package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"time"

	"sandbank/merchant/client"
	"sandbank/secret"
)

// tokenCommand gets an access token for a shell.
type tokenCommand struct {
	URL          string        `name:"url" default:"http://127.0.0.1:8080" help:"Address of the processor."`
	ClientID     string        `default:"demo-shop" help:"The client's id."`
	ClientSecret secret.Text   `default:"demo-shop-secret" help:"The client's secret."`
	Scope        string        `help:"Permissions that the token is narrowed to, a space between. Default: all that the client may do."`
	Life         time.Duration `default:"12h" help:"How long the token is to be good, up to 168h; beyond 15m only on a processor that nobody but its own machine can reach."`

	trust *tls.Config
}

// Help is printed by --help.
func (c *tokenCommand) Help() string {
	return `Prints an access token and nothing else, for use in a shell:

  TOKEN=$(merchant token)
  curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8080/v1/payments`
}

// Run prints one token.
func (c *tokenCommand) Run(ctx context.Context, to output) error {
	if c.Life < time.Second {
		return fmt.Errorf("--life %s: must be 1s or more", c.Life)
	}
	processor, err := client.New(client.Config{Base: c.URL, ID: c.ClientID, Secret: c.ClientSecret, Trust: c.trust})
	if err != nil {
		return fmt.Errorf("--url, --client-id, --client-secret: %w", err)
	}
	defer processor.Close()
	token, err := processor.Token(ctx, c.Scope, c.Life)
	if err != nil {
		return err
	}
	fmt.Fprintln(to.out, token)
	return nil
}
