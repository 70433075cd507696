// Package certificate sets up TLS: the settings of servers and clients,
// certificates in files that may change while they are used, and an authority
// for machines without certificates from elsewhere.
package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// suites for TLS 1.2: forward secrecy and authenticated encryption only. TLS
// 1.3, which nearly every client uses, has no others.
var suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// Source gives a server its certificate, at each handshake.
type Source func(*tls.ClientHelloInfo) (*tls.Certificate, error)

// Server returns a server's TLS settings, with the protocols it offers.
func Server(from Source, protocols ...string) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: suites, GetCertificate: from, NextProtos: protocols}
}

// Demanding returns a server's settings that admit only clients with a
// certificate from an authority in a file.
func Demanding(c *tls.Config, authorities string) (*tls.Config, error) {
	pool, err := Pool(authorities)
	if err != nil {
		return nil, err
	}
	c = c.Clone()
	c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, pool
	return c, nil
}

// Client returns a client's TLS settings. It trusts the authorities in a file,
// or the system's if that is empty; it shows a certificate of its own if one is
// given.
func Client(authorities, cert, key string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: suites}
	var err error
	if authorities != "" {
		if c.RootCAs, err = Pool(authorities); err != nil {
			return nil, err
		}
	}
	if cert == "" && key == "" {
		return c, nil
	}
	own, err := Load(cert, key)
	if err != nil {
		return nil, err
	}
	c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own.Get(nil) }
	return c, nil
}

// Pool reads the trusted authorities from a PEM file.
func Pool(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s has no certificate in PEM", file)
	}
	return pool, nil
}

// Files is a certificate with its key, in two files, read again when they change.
type Files struct {
	cert, key string
	mu        sync.Mutex
	current   *tls.Certificate
	seen      stamp
	looked    time.Time
	// Failed gets the error if a changed file could not be read; the former
	// certificate stays in use. It may be nil.
	Failed func(error)
}

// stamp tells whether files have changed.
type stamp struct {
	cert, key         time.Time
	certSize, keySize int64
}

// lookAgain is the shortest time between two checks for changed files.
const lookAgain = time.Second

// Load reads a certificate with its chain, and its key, both PEM.
func Load(cert, key string) (*Files, error) {
	f := &Files{cert: cert, key: key}
	return f, f.Reload()
}

// Reload reads the files, changed or not. After an error the former certificate
// stays in use.
func (f *Files) Reload() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	now, err := f.stamp()
	if err != nil {
		return err
	}
	return f.read(now)
}

func (f *Files) read(now stamp) error {
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return fmt.Errorf("%s, %s: %w", f.cert, f.key, err)
	}
	f.current, f.seen = &pair, now
	return nil
}

func (f *Files) stamp() (s stamp, err error) {
	cert, err1 := os.Stat(f.cert)
	key, err2 := os.Stat(f.key)
	if err := errors.Join(err1, err2); err != nil {
		return s, err
	}
	return stamp{cert.ModTime(), key.ModTime(), cert.Size(), key.Size()}, nil
}

// Get is a [Source]. At most once in lookAgain it checks whether the files have
// changed; while only one of them has, the former certificate stays in use.
func (f *Files) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	// Files change by the computer's clock, not by the simulated one.
	if now := time.Now(); now.Sub(f.looked) >= lookAgain {
		f.looked = now
		s, err := f.stamp()
		if err == nil && s != f.seen {
			err = f.read(s)
		}
		if err != nil && f.Failed != nil {
			f.Failed(err)
		}
	}
	return f.current, nil
}
