package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"sandbank/certificate"
)

// healthCommand asks another process's /readyz; images need no curl for it. The
// banks and the shop answer there, too.
type healthCommand struct {
	Addr string `default:"127.0.0.1:8080" help:"Address of the processor to ask, or of banks or a shop."`
	CA   string `name:"ca" placeholder:"FILE" help:"Ask over HTTPS, and trust these authorities, PEM."`
}

// Run asks once.
func (c *healthCommand) Run(ctx context.Context, to output) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	scheme, transport := "http://", http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	if c.CA != "" {
		with, err := certificate.Client(c.CA, "", "")
		if err != nil {
			return fmt.Errorf("--ca: %w", err)
		}
		scheme, transport.TLSClientConfig = "https://", with
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+c.Addr+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("--addr %q: write it as host:port", c.Addr)
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return fmt.Errorf("nobody answers at %s: %w", c.Addr, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 4<<10))
	if err != nil {
		return err
	}
	_, _ = to.out.Write(body)
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", response.Status)
	}
	return nil
}
