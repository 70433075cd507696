package webhook

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"syscall"
	"time"

	"sandbank/clock"
)

const (
	timeout     = 10 * time.Second
	maxResponse = 1024
	maxWait     = time.Hour // longest Retry-After that is honored
)

// Sender posts deliveries. It follows no redirect, and looks at the address it
// dials, after DNS, every time: a name that resolves to an inside address later
// is refused as well as one that does at once.
type Sender struct {
	client *http.Client
	clock  clock.Clock
}

// Guard reports why an address must not be dialed, nil if it may.
type Guard func(netip.AddrPort) error

// NewSender makes a sender that dials only what the guard lets pass.
func NewSender(guard Guard, c clock.Clock) *Sender {
	dialer := &net.Dialer{
		Timeout: 5 * time.Second,
		Control: func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			return guard(at)
		},
	}
	return &Sender{clock: c, client: &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			// Tries are bounded per endpoint, not per host: many endpoints may share one.
			DialContext: dialer.DialContext, MaxIdleConnsPerHost: perEndpoint,
			IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: 5 * time.Second,
			ResponseHeaderTimeout: timeout, MaxResponseHeaderBytes: 16 << 10, DisableCompression: true,
		},
	}}
}

// Close drops idle connections.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

// Send makes one try.
func (s *Sender) Send(ctx context.Context, d Delivery) Attempt {
	a := Attempt{At: s.clock.Now()}
	began := time.Now()
	request, err := s.request(ctx, d, a.At)
	if err != nil {
		a.Error = err.Error()
		return a
	}
	response, err := s.client.Do(request)
	if err != nil {
		a.Error, a.Took = err.Error(), time.Since(began)
		return a
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxResponse))
	// What an honest receiver says after its answer is short; more is not read,
	// and costs it the connection.
	_, _ = io.CopyN(io.Discard, response.Body, 4<<10)
	a.Code, a.Response, a.Took = response.StatusCode, string(bytes.ToValidUTF8(body, []byte("?"))), time.Since(began)
	if a.Code >= 300 && a.Code < 400 {
		a.Error = "redirects are not followed; register the final URL"
	}
	a.RetryAfter = retryAfter(response.Header.Get("Retry-After"), a.At)
	return a
}

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3), within bounds.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(max(0, min(seconds, int(maxWait/time.Second)))) * time.Second
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return max(0, min(at.Sub(now), maxWait))
}

func (s *Sender) request(ctx context.Context, d Delivery, at time.Time) (*http.Request, error) {
	body := d.Event.Body()
	signature, err := Sign(d.Endpoint.Secret, d.Event.ID, at, body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Endpoint.URL, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("the endpoint's URL is not valid: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Sandbank-Webhooks/1")
	r.Header.Set(HeaderID, d.Event.ID)
	r.Header.Set(HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
	r.Header.Set(HeaderSignature, signature)
	return r, nil
}

// Allowing lets addresses of the given ranges pass, and asks the guard about all
// others.
func Allowing(ranges []netip.Prefix, guard Guard) Guard {
	return func(at netip.AddrPort) error {
		for _, r := range ranges {
			if r.Contains(at.Addr().Unmap()) {
				return nil
			}
		}
		return guard(at)
	}
}

// PublicOnly refuses every address that is not a public unicast one. With
// loopback true, loopback passes: for a Sandbank that itself listens on
// loopback only. Own ports are never dialed.
func PublicOnly(loopback bool, own func() []uint16) Guard {
	return func(at netip.AddrPort) error {
		ip := at.Addr().Unmap()
		if ip.IsLoopback() {
			if !loopback {
				return fmt.Errorf("%s is a loopback address; webhooks go there only while Sandbank listens on loopback itself", ip)
			}
			for _, port := range own() {
				if at.Port() == port {
					return fmt.Errorf("%s is Sandbank's own port", at)
				}
			}
			return nil
		}
		if !ip.IsGlobalUnicast() || ip.IsPrivate() || special(ip) {
			return fmt.Errorf("%s is not a public address", ip)
		}
		return nil
	}
}

// notPublic are the ranges that net/netip counts as global unicast, but that the
// IANA special-purpose registries (RFC 6890) do not: nobody's public receiver is
// there. The translating ones (NAT64, 6to4, Teredo) carry an IPv4 address inside,
// which may be any of those refused.
var notPublic = func() (list []netip.Prefix) {
	for _, prefix := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		list = append(list, netip.MustParsePrefix(prefix))
	}
	return list
}()

func special(ip netip.Addr) bool {
	return slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(ip.WithZone("")) })
}
