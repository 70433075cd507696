package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"sandbank/merchant/load"
)

// The listeners: merchants with as many streams each, in three ways, all of
// every event of their own; and some that open a stream and read nothing of it.
const (
	merchants   = 20
	stalledEars = 20
)

// way is the channel of a merchant's n-th stream; of fifty, 25 are server-sent
// events, 15 WebSocket, 10 GraphQL.
func way(n int) load.Way {
	switch {
	case n%10 < 5:
		return load.OverSSE
	case n%10 < 8:
		return load.OverWebSocket
	}
	return load.OverGraphQL
}

func merchantID(n int) string { return fmt.Sprintf("bench-shop-%d", n) }

const merchantSecret = "bench-shop-secret"

// benchStreams opens streams on one processor, completes payments at a steady
// rate, and holds every listener to every event of its own, once, in order.
func benchStreams(ctx context.Context, o options, amqpURL, databaseURL string) error {
	var flags []string
	for n := range merchants {
		flags = append(flags, "--client", merchantID(n)+":"+merchantSecret+":Bench "+strconv.Itoa(n))
	}
	p, err := start(ctx, amqpURL, databaseURL, flags...)
	if err != nil {
		return err
	}
	defer p.stop()
	pid := p.processes[0].Process.Pid
	before := memory(pid)
	audience := load.NewAudience(ctx)
	defer audience.Close()
	for n := range o.Streams {
		audience.Listen(load.Seat{Way: way(n / merchants), Base: p.url, ID: merchantID(n % merchants), Secret: merchantSecret})
	}
	if err := audience.AwaitOpen(ctx); err != nil {
		return err
	}
	open := memory(pid)
	stalled, err := stall(ctx, p.url)
	if err != nil {
		return err
	}
	defer stalled()
	say("%d streams of %d merchants are open (half server-sent events, 3 in 10 WebSocket, 2 in 10 GraphQL), %d more are read by nobody;", o.Streams, merchants, stalledEars)
	say("payments begin at %.0f a second, each with 2 events to %d listeners.", o.StreamRate, o.Streams/merchants)
	rate, err := steady(ctx, o, p.url)
	if err != nil {
		return err
	}
	say("")
	say("Streams, at %.0f complete payments a second:", rate)
	say("  memory of the processor          %8d MB   of them %d before the first stream, %d KB for each idle one",
		memory(pid)>>10, before>>10, (open-before)/o.Streams)
	return judge(ctx, o, audience)
}

// steady has every merchant take payments at its share of the rate.
func steady(ctx context.Context, o options, url string) (perSecond float64, err error) {
	var all sync.WaitGroup
	var mu sync.Mutex
	for n := range merchants {
		all.Go(func() {
			r, failed := load.Run(ctx, load.Options{
				Bases: []string{url}, ID: merchantID(n), Secret: merchantSecret, Concurrency: 16,
				Payments: int(o.StreamRate * o.StreamTime.Seconds() / merchants), Rate: o.StreamRate / merchants,
			}, func(load.Progress) {})
			mu.Lock()
			defer mu.Unlock()
			if perSecond += r.PerSecond; failed == nil && !r.OK() {
				failed = fmt.Errorf("the load was not clean: %+v", r)
			}
			if failed != nil {
				err = failed
			}
		})
	}
	all.Wait()
	return perSecond, err
}

// judge waits for the last event everywhere, and reports.
func judge(ctx context.Context, o options, audience *load.Audience) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	expected := int64(2 * int(o.StreamRate*o.StreamTime.Seconds()/merchants))
	sums, faults, cuts := map[string]uint64{}, 0, 0
	for _, e := range audience.Ears() {
		if err := e.Await(ctx, expected); err != nil {
			return err
		}
		h := e.Heard()
		sum, known := sums[e.ID]
		if len(h.Faults) > 0 || h.Last != expected || known && sum != h.Sum {
			faults++
			say("  %s of %s: %+v", e.Way, e.ID, h)
		}
		sums[e.ID] = h.Sum
		cuts += h.Cuts
	}
	lags := audience.Lags()
	at := func(share float64) float64 {
		return float64(lags[int(share*float64(len(lags)-1))].Microseconds()) / 1000
	}
	say("  events heard                     %8d      every one by every listener of its merchant, once, in order; %d cut", len(lags), cuts)
	say("  from the commit's instant to the ear: p50 %.1f ms, p99 %.1f ms, max %.1f ms", at(0.5), at(0.99), at(1))
	if faults > 0 {
		return fmt.Errorf("%d listeners did not hear what they should have", faults)
	}
	return nil
}

// stall opens streams over server-sent events that nobody reads.
func stall(ctx context.Context, url string) (end func(), err error) {
	var conns []net.Conn
	end = func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}
	token, err := load.Token(ctx, url, merchantID(0), merchantSecret)
	if err != nil {
		return end, err
	}
	for range stalledEars {
		c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			return end, err
		}
		conns = append(conns, c)
		_ = c.(*net.TCPConn).SetReadBuffer(4096)
		if _, err := io.WriteString(c, "GET /v1/events/stream?after=0 HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer "+token+"\r\n\r\n"); err != nil {
			return end, err
		}
	}
	return end, nil
}

// memory is a process's resident memory in KB, 0 where the system does not tell.
func memory(pid int) int {
	status, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	return 0
}
