package e2e_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"sandbank/certificate"
	"sandbank/internal/engine"
	"sandbank/merchant/client"
)

// Everything that TestChannels_Agree shows, over TLS: the API over HTTP/2, the
// checkout with cookies that only HTTPS may carry, WebSocket, server-sent events,
// and a bank and a merchant over AMQPS.
func TestTLS_TheWholeJob(t *testing.T) {
	t.Parallel()
	t.Run("embedded", func(t *testing.T) {
		w := bareWorld(t)
		ca := w.authority()
		amqps, kafka, plain := w.address(), w.kafka(), w.address()
		p, base := w.plain("--tls", "dev", "--no-shop", "--amqp-addr", "127.0.0.1:0", "--amqps-addr", amqps, "--kafka-brokers", kafka,
			"--banks", "CHALES2A", "--http-redirect", plain)
		base = secure(base)
		w.awaitUp(base)
		w.run("bank", "--quiet", "--banks", "SANDNL2A", "--amqp-url", "amqps://guest:guest@"+amqps+"/", "--amqp-ca", ca.Path, "--page-addr", "127.0.0.1:0")
		w.online(base, "SANDNL2A")
		w.agree("amqps://"+amqps+"/?cacertfile="+url.QueryEscape(ca.Path), kafka, base)
		w.holdsToHTTPS(base, plain)
		w.distrusted(base)
		w.terminates(p)
	})
	t.Run("on RabbitMQ, with certificates on both sides", func(t *testing.T) {
		w, amqps := newSecureWorld(t)
		w.bankOver(amqps, "SANDNL2A")
		kafka := w.kafka()
		cert, key := w.saved("server", w.leaf())
		p, base := w.plain(append(amqps.flags(), "--database-url", w.database, "--tls-cert", cert, "--tls-key", key, "--kafka-brokers", kafka,
			"--amqp-admin-url", strings.Replace(w.rabbit.ManagementURL(), "http://", "http://guest:guest@", 1))...)
		base = secure(base)
		w.awaitUp(base)
		w.agree("amqps://"+amqps.address+"/?"+amqps.query(), kafka, base)
		w.refusesWithoutCertificate(amqps)
		w.renews(p, base, cert, key)
		w.settled()
		w.terminates(p)
	})
}

func secure(base string) string { return strings.Replace(base, "http://", "https://", 1) }

func (w *world) terminates(p *process) {
	w.Helper()
	if code, took := p.terminate(); code != 0 {
		w.Errorf("ended with %d after %s", code, took)
	}
}

// authority is the authority of this test's processors. The world's own clients
// trust it; the rest of this process does not.
func (w *world) authority() *certificate.Authority {
	w.Helper()
	folder := w.TempDir()
	w.env = append(os.Environ(), "XDG_CONFIG_HOME="+folder)
	a, err := certificate.OpenAuthority(filepath.Join(folder, "sandbank"), time.Now())
	if err != nil {
		w.Fatal(err)
	}
	w.own = a
	w.web = newWeb(w.T, w.trust())
	return a
}

func (w *world) leaf() *tls.Certificate {
	w.Helper()
	leaf, err := w.own.Leaf(time.Now())
	if err != nil {
		w.Fatal(err)
	}
	return leaf
}

// saved writes a certificate and its key as files.
func (w *world) saved(name string, c *tls.Certificate) (cert, key string) {
	w.Helper()
	folder := filepath.Dir(w.own.Path)
	cert, key = filepath.Join(folder, name+".pem"), filepath.Join(folder, name+"-key.pem")
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		w.Fatal(err)
	}
	err = errors.Join(
		os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	if err != nil {
		w.Fatal(err)
	}
	return cert, key
}

// online waits until a processor has heard of a bank.
func (w *world) online(base, bic string) {
	w.Helper()
	c := w.merchant(base)
	w.await(bic+" is online", func(ctx context.Context) error {
		banks, err := c.Banks(ctx)
		for _, b := range banks {
			if b.Identifier == bic {
				return nil
			}
		}
		return errors.Join(err, errors.New("it has not been heard of"))
	})
}

// holdsToHTTPS checks HTTPS as a browser and a program meet it.
func (w *world) holdsToHTTPS(base, plain string) {
	w.Helper()
	c := w.merchant(base)
	p := w.create(c, wish("cookies", "SANDNL2A"))
	page, _, err := w.browse(w.Context(), http.MethodGet, p.CheckoutURL, "", nil)
	if err != nil {
		w.Fatal(err)
	}
	if page.ProtoMajor != 2 || page.TLS.Version != tls.VersionTLS13 || !strings.HasPrefix(p.CheckoutURL, base+"/pay/") {
		w.Errorf("the checkout at %s came over %s, TLS %x", p.CheckoutURL, page.Proto, page.TLS.Version)
	}
	if cookies := page.Cookies(); len(cookies) != 1 || !strings.HasPrefix(cookies[0].Name, "__Host-") || !cookies[0].Secure || !cookies[0].HttpOnly {
		w.Errorf("cookies: %+v", cookies)
	}
	if page.Header.Get("Strict-Transport-Security") != "" {
		w.Error("a development certificate binds a browser to HTTPS on localhost")
	}
	lead, _, err := w.browse(w.Context(), http.MethodGet, "http://"+plain+"/docs/http?a=%2F", "", nil)
	if err != nil || lead.StatusCode != http.StatusPermanentRedirect || lead.Header.Get("Location") != base+"/docs/http?a=%2F" {
		w.Errorf("plain HTTP: %v, %v", lead, err)
	}
	exposed, err := client.New(client.Config{Base: "http://" + plain, ID: "demo-shop", Secret: "demo-shop-secret", Patience: -1})
	if err != nil {
		w.Fatal(err)
	}
	defer exposed.Close()
	if _, err := exposed.Banks(w.Context()); err == nil || !strings.Contains(err.Error(), "403") {
		w.Errorf("a secret in the clear: %v", err)
	}
	token := w.token(base)
	for _, path := range []string{"/v1/banks", "/", "/graphql"} {
		r, err := authorized(w.Context(), http.MethodGet, "http://"+plain+path, token, nil)
		if err != nil {
			w.Fatal(err)
		}
		answer, err := w.web.Transport.RoundTrip(r)
		if err != nil {
			w.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusForbidden {
			w.Errorf("a token in the clear at %s: %s", path, answer.Status)
		}
	}
	conn, answer, err := websocket.Dial(w.Context(), "ws://"+plain+"/v1/events/ws", nil)
	if err == nil || answer == nil || answer.StatusCode != http.StatusForbidden {
		w.Errorf("a WebSocket in the clear: %v, %v, %v", conn, answer, err)
	}
}

// distrusted checks that a client without the authority refuses the
// certificate.
func (w *world) distrusted(base string) {
	w.Helper()
	stranger := &http.Client{Transport: &http.Transport{}}
	answer, err := stranger.Get(base + "/livez")
	if err == nil {
		_ = answer.Body.Close()
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok {
		w.Errorf("a client that trusts nobody of ours: %v", err)
	}
}

// renews exchanges the certificate's files, and sees the new one served; a
// processor that is told so by SIGHUP does not end, as it would by default.
func (w *world) renews(p *process, base, cert, key string) {
	w.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		w.Fatal(err)
	}
	next := w.leaf()
	newCert, newKey := w.saved("next", next)
	if err := errors.Join(os.Rename(newKey, key), os.Rename(newCert, cert)); err != nil {
		w.Fatal(err)
	}
	w.await("the new certificate is served", func(ctx context.Context) error {
		d := tls.Dialer{Config: &tls.Config{RootCAs: w.own.Pool()}}
		conn, err := d.DialContext(ctx, "tcp", strings.TrimPrefix(base, "https://"))
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		if !conn.(*tls.Conn).ConnectionState().PeerCertificates[0].Equal(next.Leaf) {
			return errors.New("the former one is")
		}
		return nil
	})
}

// line is how RabbitMQ is reached over TLS.
type line struct{ address, ca, cert, key string }

func (l line) flags() []string {
	return []string{"--amqp-url", "amqps://guest:guest@" + l.address + "/", "--amqp-ca", l.ca, "--amqp-cert", l.cert, "--amqp-key", l.key}
}

func (l line) query() string {
	return url.Values{"cacertfile": {l.ca}, "certfile": {l.cert}, "keyfile": {l.key}}.Encode()
}

// newSecureWorld has a RabbitMQ whose TLS port requires a client certificate.
func newSecureWorld(t *testing.T) (*world, line) {
	t.Helper()
	bare := bareWorld(t)
	ca := bare.authority()
	cert, key := bare.saved("rabbitmq", bare.leaf())
	badge, err := ca.Badge(time.Now(), "processor")
	if err != nil {
		t.Fatal(err)
	}
	l := line{address: bare.address(), ca: ca.Path}
	l.cert, l.key = bare.saved("badge", badge)
	w := newWorldOn(t, engine.RabbitMQOptions{Management: true, Settings: map[string]string{
		"listeners.ssl.1": l.address, "ssl_options.cacertfile": ca.Path, "ssl_options.certfile": cert, "ssl_options.keyfile": key,
		"ssl_options.verify": "verify_peer", "ssl_options.fail_if_no_peer_cert": "true",
		"ssl_options.versions.1": "tlsv1.3", "ssl_options.versions.2": "tlsv1.2",
	}}, "SANDNL2A")
	w.own, w.web = ca, bare.web
	return w, l
}

func (w *world) bankOver(l line, bic string) *process {
	w.Helper()
	return w.run("bank", append(l.flags(), "--quiet", "--seed", "7", "--page-addr", "127.0.0.1:0", "--banks", bic)...)
}

func (w *world) refusesWithoutCertificate(l line) {
	w.Helper()
	d := tls.Dialer{NetDialer: &net.Dialer{Timeout: patience}, Config: &tls.Config{RootCAs: w.own.Pool()}}
	conn, err := d.DialContext(w.Context(), "tcp", l.address)
	if err == nil { // in TLS 1.3 the server refuses after the client is done
		_, _ = fmt.Fprint(conn, "AMQP\x00\x00\x09\x01")
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		_, err = conn.Read(make([]byte, 1))
		_ = conn.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		w.Errorf("who shows no certificate is let in: %v", err)
	}
}
