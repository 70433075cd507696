package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"sandbank/certificate"
	"sandbank/clock"
	"sandbank/node"
)

// tlsFlags are the certificates, and the trusted authorities.
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

// check reports flags that do not fit together.
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
		unless(addr == "" || node.IsLoopback(host) || guarded || c.AllowDev,
			"%s %q is reachable from outside, and the embedded broker's password is public: give --amqps-client-ca with --amqps-addr, or --allow-development-credentials if you mean it", flag, addr)
	}
	return errors.Join(faults...)
}

// open reads the certificate's files, or opens the authority, for a node that is reached by the
// given names. It is the part of the flags that needs the disk.
func (f tlsFlags) open(c runCommand, log *slog.Logger) (t node.TLS, err error) {
	host := ""
	if u, err := url.Parse(c.PublicURL); err == nil {
		host = u.Hostname()
	}
	switch {
	case f.TLSCert != "":
		if t.Files, err = certificate.Load(f.TLSCert, f.TLSKey); err != nil {
			return t, fmt.Errorf("--tls-cert, --tls-key: %w", err)
		}
		t.Files.Failed = func(err error) {
			log.Error("the new certificate cannot be read; the former one goes on", "error", err)
		}
	case f.TLS == "dev":
		t.Hosts = hostsOf(c.Addr, host, f.AMQPSAddr)
		if t.Authority, err = openAuthority(c.Data, t.Hosts); err != nil {
			return t, fmt.Errorf("--tls=dev: %w", err)
		}
	}
	return t, nil
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

// followSIGHUP reads the certificate's files again when told to, until it is ended.
func followSIGHUP(files *certificate.Files, log *slog.Logger) (end func()) {
	if files == nil {
		return func() {}
	}
	told, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(told, syscall.SIGHUP)
	go func() {
		defer close(done)
		for range told {
			if err := files.Reload(); err != nil {
				files.Failed(err)
			} else {
				log.Info("the certificate was read again")
			}
		}
	}()
	return func() {
		signal.Stop(told)
		close(told)
		<-done
	}
}
