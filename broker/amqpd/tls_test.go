package amqpd_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker/amqpd"
)

// ownCertificate signs itself, for localhost.
func ownCertificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestListenTLS(t *testing.T) {
	own, pool := ownCertificate(t)
	s, err := amqpd.New(amqpd.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	at, err := s.ListenTLS("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := amqp.DialTLS("amqps://guest:guest@"+at.String()+"/", &tls.Config{RootCAs: pool})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	if err := ch.Confirm(false); err != nil {
		t.Fatal(err)
	}
	declare(t, ch, "q", nil)
	publish(t, ch, "q", make([]byte, 300_000)) // more than one record of TLS, and more than one frame
	got, ok, err := ch.Get("q", true)
	if err != nil || !ok || len(got.Body) != 300_000 {
		t.Errorf("%d bytes, %v, %v", len(got.Body), ok, err)
	}
	for name, dial := range map[string]func() (*amqp.Connection, error){
		"plain AMQP": func() (*amqp.Connection, error) { return amqp.Dial("amqp://guest:guest@" + at.String() + "/") },
		"who trusts not": func() (*amqp.Connection, error) {
			return amqp.DialTLS("amqps://guest:guest@"+at.String()+"/", &tls.Config{})
		},
	} {
		if c, err := dial(); err == nil {
			_ = c.Close()
			t.Errorf("%s gets in", name)
		}
	}
}

// The end does not wait for a client that connected and says nothing.
func TestListenTLS_SilentClientHoldsUpNothing(t *testing.T) {
	own, pool := ownCertificate(t)
	s, err := amqpd.New(amqpd.Config{})
	if err != nil {
		t.Fatal(err)
	}
	at, err := s.ListenTLS("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{own}})
	if err != nil {
		t.Fatal(err)
	}
	silent, err := net.Dial("tcp", at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	// The listener accepts in order: once this connection is in, the silent one is in its handshake.
	later, err := amqp.DialTLS("amqps://guest:guest@"+at.String()+"/", &tls.Config{RootCAs: pool})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = later.Close() }()
	began := time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 8*time.Second { // a handshake may take ten
		t.Errorf("took %s", took)
	}
}
