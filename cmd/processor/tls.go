package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"sandbank/certificate"
	"sandbank/clock"
)

// tlsFlags say what is encrypted, and who is trusted.
type tlsFlags struct {
	TLS           string `name:"tls" enum:"off,dev" default:"off" help:"dev: HTTPS with a certificate authority made for this machine, kept in --data or in your configuration folder."`
	TLSCert       string `name:"tls-cert" placeholder:"FILE" help:"HTTPS with this certificate and its chain, PEM; read again when it changes, and on SIGHUP."`
	TLSKey        string `name:"tls-key" placeholder:"FILE" help:"Key of --tls-cert, PEM."`
	HTTPRedirect  string `name:"http-redirect" placeholder:"ADDR" help:"Address that leads plain HTTP to HTTPS: pages by a redirect, programs by an error."`
	AMQPSAddr     string `name:"amqps-addr" placeholder:"ADDR" help:"Address on which the embedded broker speaks TLS, with the certificate of --tls or --tls-cert."`
	AMQPSClientCA string `name:"amqps-client-ca" placeholder:"FILE" help:"Authorities, PEM: let in on --amqps-addr only who shows a certificate of theirs."`
	AMQPCA        string `name:"amqp-ca" placeholder:"FILE" help:"Authorities, PEM, of the broker at an amqps:// URL. Default: the system's."`
	AMQPCert      string `name:"amqp-cert" placeholder:"FILE" help:"Certificate, PEM, to show to that broker."`
	AMQPKey       string `name:"amqp-key" placeholder:"FILE" help:"Key of --amqp-cert, PEM."`
}

func (f tlsFlags) on() bool { return f.TLS == "dev" || f.TLSCert != "" }

// check reports what does not fit together.
func (f tlsFlags) check(c runCommand) error {
	var faults []error
	unless := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	embedded := c.AMQPURL == ""
	unless((f.TLSCert == "") == (f.TLSKey == ""), "--tls-cert and --tls-key: give both or neither")
	unless(f.TLS != "dev" || f.TLSCert == "", "--tls=dev and --tls-cert: choose one")
	unless(f.HTTPRedirect == "" || f.on(), "--http-redirect: there is no HTTPS to lead to; give --tls=dev, or --tls-cert and --tls-key")
	unless(!f.on() || !strings.HasPrefix(c.PublicURL, "http://"), "--public-url %q: with HTTPS it begins with https://", c.PublicURL)
	unless(f.AMQPSAddr == "" || f.on() && embedded, "--amqps-addr: is for the embedded broker, with --tls=dev, or --tls-cert and --tls-key")
	unless(f.AMQPSClientCA == "" || f.AMQPSAddr != "", "--amqps-client-ca: is for --amqps-addr")
	unless((f.AMQPCert == "") == (f.AMQPKey == ""), "--amqp-cert and --amqp-key: give both or neither")
	secure := strings.HasPrefix(c.AMQPURL.Reveal(), "amqps://")
	unless(secure || f.AMQPCA == "" && f.AMQPCert == "", "--amqp-ca, --amqp-cert: are for an --amqp-url that begins with amqps://")
	for flag, addr := range map[string]string{"--amqp-addr": c.AMQPAddr, "--amqps-addr": f.AMQPSAddr} {
		host, _, err := net.SplitHostPort(addr)
		unless(addr == "" || err == nil, "%s %q: write it as host:port", flag, addr)
		guarded := flag == "--amqps-addr" && f.AMQPSClientCA != ""
		unless(addr == "" || isLoopback(host) || guarded || c.AllowDev,
			"%s %q is reachable from outside, and the embedded broker's password is public: give --amqps-client-ca with --amqps-addr, or --allow-development-credentials if you mean it", flag, addr)
	}
	return errors.Join(faults...)
}

// encryption is how this process speaks TLS.
type encryption struct {
	server    *tls.Config            // nil for plain HTTP
	trust     func(*tls.Config)      // has a client in this process trust the server
	files     *certificate.Files     // nil for none
	authority *certificate.Authority // nil for none
}

// openTLS reads or makes the certificate.
func (p *program) openTLS() (err error) {
	e := &p.encryption
	host := ""
	if u, err := url.Parse(p.settings.PublicURL); err == nil {
		host = u.Hostname()
	}
	var source certificate.Source
	switch {
	case p.settings.TLSCert != "":
		if e.files, err = certificate.Load(p.settings.TLSCert, p.settings.TLSKey); err != nil {
			return fmt.Errorf("--tls-cert, --tls-key: %w", err)
		}
		e.files.Failed = func(err error) {
			p.log.Error("the new certificate cannot be read; the former one goes on", "error", err)
		}
		source, e.trust = e.files.Get, trusting(e.files)
	case p.settings.TLS == "dev":
		hosts := hostsOf(p.settings.Addr, host, p.settings.AMQPSAddr)
		if e.authority, err = openAuthority(p.settings.Data, hosts); err != nil {
			return fmt.Errorf("--tls=dev: %w", err)
		}
		source, e.trust = e.authority.Source(hosts...), func(c *tls.Config) { c.RootCAs = e.authority.Pool() }
	default:
		return nil
	}
	e.server = certificate.Server(source, "h2", "http/1.1")
	return nil
}

// hostsOf are the names under which this process is reached.
func hostsOf(addr, public, amqps string) (hosts []string) {
	for _, a := range []string{addr, net.JoinHostPort(public, "443"), amqps} {
		host, _, err := net.SplitHostPort(a)
		if ip := net.ParseIP(host); err == nil && host != "" && (ip == nil || !ip.IsUnspecified()) {
			hosts = append(hosts, strings.ToLower(host))
		}
	}
	return hosts
}

// openAuthority keeps the authority where it is found again: what people trust
// should not change with every start. Where nothing can be kept it is in memory.
func openAuthority(data string, hosts []string) (*certificate.Authority, error) {
	now := clock.Real{}.Now()
	if data != "" {
		return certificate.OpenAuthority(data, now, hosts...)
	}
	folder, err := os.UserConfigDir()
	if err == nil {
		var a *certificate.Authority
		a, err = certificate.OpenAuthority(filepath.Join(folder, "sandbank"), now, hosts...)
		if err == nil || !errors.Is(err, os.ErrPermission) && !errors.Is(err, syscall.EROFS) {
			return a, err
		}
	}
	return certificate.OpenAuthority("", now, hosts...)
}

// trusting has a client trust the very certificate that is in the files, under
// the name it was made for: the client is in the same process, and knows what
// the server has whatever it is reached by.
func trusting(files *certificate.Files) func(*tls.Config) {
	return func(c *tls.Config) {
		c.InsecureSkipVerify = true // replaced by what follows
		c.VerifyConnection = func(s tls.ConnectionState) error {
			own, err := files.Get(nil)
			if err != nil || len(s.PeerCertificates) == 0 || !sameCertificate(s.PeerCertificates[0], own) {
				return errors.Join(errors.New("another server answers at our own address"), err)
			}
			return nil
		}
	}
}

func sameCertificate(a *x509.Certificate, b *tls.Certificate) bool { return b.Leaf.Equal(a) }

// followSIGHUP reads the certificate's files again when told to, until ctx ends.
func (p *program) followSIGHUP(ctx context.Context) {
	if p.encryption.files == nil {
		return
	}
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGHUP)
	p.aside.Go(func() {
		defer signal.Stop(told)
		for {
			select {
			case <-ctx.Done():
				return
			case <-told:
				if err := p.encryption.files.Reload(); err != nil {
					p.encryption.files.Failed(err)
				} else {
					p.log.Info("the certificate was read again")
				}
			}
		}
	})
}

// strict tells browsers to come by HTTPS only. A development authority's is not
// worth that, and localhost belongs to other programs as well.
func (n *node) strict(next http.Handler) http.Handler {
	u, err := url.Parse(n.base)
	if n.TLSCert == "" || err != nil || isLoopback(u.Hostname()) || net.ParseIP(u.Hostname()) != nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		next.ServeHTTP(w, r)
	})
}

// httpClient is a client that trusts this process's own certificate; nil where
// any will do.
func (e *encryption) httpClient() *http.Client {
	if e.server == nil {
		return nil
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig, t.MaxIdleConnsPerHost = &tls.Config{MinVersion: tls.VersionTLS12}, 32
	e.trust(t.TLSClientConfig)
	return &http.Client{Transport: t}
}

// scheme is how a browser reaches what is served with this certificate.
func (e *encryption) scheme() string {
	if e.server == nil {
		return "http://"
	}
	return "https://"
}

// around a listener there is TLS where there is a certificate, for HTTP/1.1.
func (e *encryption) around(l net.Listener) net.Listener {
	if e.server == nil {
		return l
	}
	c := e.server.Clone()
	c.NextProtos = []string{"http/1.1"}
	return tls.NewListener(l, c)
}
