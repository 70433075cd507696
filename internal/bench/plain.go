package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"

	"sandbank/internal/engine"
)

// plain is a processor with an embedded broker and database, as it runs by itself.
type plain struct {
	process *exec.Cmd
	url     string
}

// startPlain starts the processor that was built in a folder.
func startPlain(ctx context.Context, folder string) (*plain, error) {
	addr, err := engine.FreeAddress()
	if err != nil {
		return nil, err
	}
	program := filepath.Join(folder, "processor")
	p := &plain{exec.Command(program, "--addr", addr, "--quiet"), "http://" + addr}
	p.process.Stdout, p.process.Stderr = os.Stdout, os.Stderr
	if err := p.process.Start(); err != nil {
		return nil, err
	}
	return p, await(ctx, "the embedded processor", func() error { return exec.CommandContext(ctx, program, "health", "--addr", addr).Run() })
}

func (p *plain) stop() {
	_ = p.process.Process.Signal(syscall.SIGTERM)
	_ = p.process.Wait()
}

// create makes n payments that nobody pays.
func create(ctx context.Context, url string, n int) error {
	token, err := token(ctx, url)
	if err != nil {
		return err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: creators}
	defer transport.CloseIdleConnections()
	c := &http.Client{Transport: transport}
	var begun atomic.Int64
	var all sync.WaitGroup
	failed := make(chan error, creators)
	for range creators {
		all.Go(func() {
			for begun.Add(1) <= int64(n) {
				if err := createOne(ctx, c, url, token); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	all.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

func createOne(ctx context.Context, c *http.Client, url, token string) error {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/payments", bytes.NewBufferString(
		`{"amount":{"value":"19.99","currency":"EUR"},"reference":"bench","return_url":"https://shop.example/"}`))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Authorization", "Bearer "+token)
	return exchange(c, q, http.StatusAccepted)
}
