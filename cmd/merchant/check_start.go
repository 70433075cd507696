package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"syscall"
	"time"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/webhook"
)

// newSecret makes a signing secret.
func newSecret() string { return webhook.Secret(chance.Secret(32)) }

// server is a merchant's server that the check started.
type server struct {
	command *exec.Cmd
	ended   chan struct{} // closed when it has
	err     error         // how it ended
}

// start starts the merchant's server in a shell, in a process group of its own, so that all of it can
// be ended. What it prints goes to out.
func start(ctx context.Context, command string, at *stand, secret string, out io.Writer) (*server, error) {
	s := &server{command: exec.CommandContext(context.WithoutCancel(ctx), "sh", "-c", command), ended: make(chan struct{})}
	s.command.Stdout, s.command.Stderr = out, out
	s.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.command.WaitDelay = grace
	s.command.Env = append(os.Environ(), "SANDBANK_URL="+at.gateway.URL(), "SANDBANK_CLIENT_ID="+at.shop.ID,
		"SANDBANK_CLIENT_SECRET="+at.shop.Secret.Reveal(), "SANDBANK_WEBHOOK_SECRET="+secret)
	if at.stripe != nil {
		s.command.Env = append(s.command.Env, "SANDBANK_STRIPE_URL="+at.gateway.URL(), "STRIPE_SECRET_KEY="+at.stripe.Key.Reveal(), "STRIPE_WEBHOOK_SECRET="+secret)
	}
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("--start-command: %w", err)
	}
	go func() {
		defer close(s.ended)
		s.err = s.command.Wait()
	}()
	return s, nil
}

// startTimeout is how long a merchant's server may take until it is ready.
const startTimeout = 2 * time.Minute

// await waits until the server accepts connections at an address, or answers it with 2xx.
func (s *server) await(ctx context.Context, address string, answers bool) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		if answers && answersWell(ctx, address) || !answers && accepts(ctx, u) {
			return nil
		}
		select {
		case <-s.ended:
			return fmt.Errorf("--start-command ended before %s was ready: %w", address, errors.Join(s.err, errors.New("see what it printed")))
		default:
		}
		if clock.Pause(ctx, 100*time.Millisecond) != nil {
			return fmt.Errorf("--start-command: %s is not ready after %s", address, startTimeout)
		}
	}
}

func accepts(ctx context.Context, u *url.URL) bool {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	c, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return false
	}
	return c.Close() == nil
}

func answersWell(ctx context.Context, address string) bool {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return false
	}
	return a.Body.Close() == nil && a.StatusCode >= 200 && a.StatusCode < 300
}

// end ends the server and all that it started: politely first.
func (s *server) end() {
	group := -s.command.Process.Pid
	_ = syscall.Kill(group, syscall.SIGTERM)
	polite, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	// The shell may end before what it started, which is in the group as well.
	for syscall.Kill(group, 0) == nil && clock.Pause(polite, 50*time.Millisecond) == nil {
	}
	_ = syscall.Kill(group, syscall.SIGKILL) // what is left of the group
	<-s.ended
}
