package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"sandbank/certificate"
	"sandbank/clock"
)

// healthCommand asks another process's /readyz; images need no curl for it. The
// banks and the shop answer there, too.
type healthCommand struct {
	Addr string        `default:"127.0.0.1:8080" help:"Address of the processor to ask, or of banks or a shop."`
	Wait time.Duration `placeholder:"DURATION" help:"Ask again until it is ready, at most for so long, such as 30s. Default: ask once."`
	CA   string        `name:"ca" placeholder:"FILE" help:"Ask over HTTPS, and trust these authorities, PEM."`
}

// Run asks once, or until the answer is yes.
func (c *healthCommand) Run(ctx context.Context, to output) error {
	if c.Wait < 0 {
		return fmt.Errorf("--wait %s: must be a span of time, such as 30s", c.Wait)
	}
	client, scheme := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}, "http://"
	defer client.CloseIdleConnections()
	if c.CA != "" {
		with, err := certificate.Client(c.CA, "", "")
		if err != nil {
			return fmt.Errorf("--ca: %w", err)
		}
		scheme, client.Transport.(*http.Transport).TLSClientConfig = "https://", with
	}
	if _, err := url.Parse(scheme + c.Addr); err != nil || c.Addr == "" {
		return fmt.Errorf("--addr %q: write it as host:port", c.Addr)
	}
	waiting, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	for {
		answer, err := ask(ctx, client, scheme+c.Addr+"/readyz")
		if err == nil || clock.Pause(waiting, askEvery) != nil {
			_, _ = to.out.Write(answer)
			if err != nil && c.Wait > 0 {
				err = fmt.Errorf("after %s: %w", c.Wait, err)
			}
			return err
		}
	}
}

// askEvery is the pause between two questions.
const askEvery = 200 * time.Millisecond

// ask is one question, and the answer's body.
func ask(ctx context.Context, client *http.Client, at string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("nobody answers at %s: %w", request.URL.Host, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 4<<10))
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("not ready: %s", response.Status)
	}
	return body, err
}
