package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sandbank/certificate"
	"sandbank/clock"
)

// healthCommand asks another process's /readyz; images need no curl for it. The
// banks and the shop answer there, too.
type healthCommand struct {
	URL  string        `name:"url" env:"-" placeholder:"URL" help:"Address of the processor to ask, or of banks or a shop. Default: http://127.0.0.1:8080, or https:// with --ca."`
	Addr string        `default:"127.0.0.1:8080" hidden:"" help:"The former form of --url, host:port."`
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
	base := scheme + c.Addr
	if c.URL != "" {
		base = strings.TrimRight(c.URL, "/")
	}
	if at, err := url.Parse(base); err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return fmt.Errorf("--url %q: write it as http://host:port", base)
	}
	waiting, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	for {
		answer, err := ask(ctx, client, base+"/readyz")
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
