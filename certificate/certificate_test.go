package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var now = time.Now()

// shake makes a client and a server do a handshake, and returns the error of
// each.
func shake(t *testing.T, server, client *tls.Config) (state tls.ConnectionState, clientErr, serverErr error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	near, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(5 * time.Minute)
	_, _ = near.SetDeadline(deadline), far.SetDeadline(deadline)
	ended := make(chan error, 1)
	go func() {
		c := tls.Server(far, server)
		err := c.Handshake()
		if err == nil {
			_, err = c.Write([]byte("x"))
		}
		ended <- errors.Join(err, far.Close())
	}()
	c := tls.Client(near, client)
	if clientErr = c.Handshake(); clientErr == nil { // in TLS 1.3 a refusal arrives after the handshake
		_, clientErr = c.Read(make([]byte, 1))
	}
	state = c.ConnectionState()
	_ = near.Close()
	return state, clientErr, <-ended
}

func authority(t *testing.T, folder string, hosts ...string) *Authority {
	t.Helper()
	a, err := OpenAuthority(folder, now, hosts...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestServer_IsTrustedUnderItsNames(t *testing.T) {
	a := authority(t, "", "pay.example", "192.0.2.7")
	server := Server(a.Source("pay.example", "192.0.2.7"), "h2")
	for name, good := range map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true, "pay.example": true, "192.0.2.7": true, "other.example": false, "127.0.0.2": false} {
		state, err, _ := shake(t, server, &tls.Config{RootCAs: a.Pool(), ServerName: name, NextProtos: []string{"h2"}})
		if (err == nil) != good || good && (state.Version != tls.VersionTLS13 || state.NegotiatedProtocol != "h2") {
			t.Errorf("%s: %v, version %x, %s", name, err, state.Version, state.NegotiatedProtocol)
		}
	}
	if _, err, _ := shake(t, server, &tls.Config{RootCAs: authority(t, "").Pool(), ServerName: "localhost"}); err == nil {
		t.Error("another authority vouches for it")
	}
}

func TestServer_SpeaksNothingOld(t *testing.T) {
	a := authority(t, "")
	trusting := func(c *tls.Config) *tls.Config { c.RootCAs, c.ServerName = a.Pool(), "localhost"; return c }
	for name, c := range map[string]*tls.Config{
		"TLS 1.0": trusting(&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}),
		"TLS 1.1": trusting(&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}),
		"CBC":     trusting(&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}}),
	} {
		if _, err, _ := shake(t, Server(a.Source()), c); err == nil {
			t.Errorf("%s is spoken", name)
		}
	}
	if _, err, _ := shake(t, Server(a.Source()), trusting(&tls.Config{MaxVersion: tls.VersionTLS12})); err != nil {
		t.Errorf("TLS 1.2: %v", err)
	}
}

// A thief of an authority's key can impersonate no host outside its list.
func TestAuthority_IsGoodForItsHostsOnly(t *testing.T) {
	a := authority(t, "", "pay.example")
	leaf, err := a.Leaf(now, "bank.example")
	if err != nil {
		t.Fatal(err)
	}
	_, err = leaf.Leaf.Verify(x509.VerifyOptions{Roots: a.Pool(), DNSName: "bank.example"})
	var invalid x509.CertificateInvalidError
	if !errors.As(err, &invalid) || invalid.Reason != x509.CANotAuthorizedForThisName {
		t.Errorf("it vouches for bank.example: %v", err)
	}
}

func TestAuthority_IsKept(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new")
	first := authority(t, folder)
	if mode := stat(t, filepath.Join(folder, privateFile)).Mode(); mode != 0o600 {
		t.Errorf("the key is %s", mode)
	}
	if text, err := os.ReadFile(first.Path); err != nil || strings.Contains(string(text), "PRIVATE") || string(text) != string(first.PEM()) {
		t.Errorf("read the authority's certificate file: want the PEM and no private key, got %s, %v", text, err)
	}
	if again := authority(t, folder); !again.cert.Equal(first.cert) {
		t.Error("another one was made")
	}
	wider := authority(t, folder, "pay.example")
	if wider.cert.Equal(first.cert) || !authority(t, folder, "pay.example").cert.Equal(wider.cert) || !authority(t, folder).cert.Equal(wider.cert) {
		t.Error("for another host there must be another one, and that is kept")
	}
	later, err := OpenAuthority(folder, now.Add(authorityLife-leastLeft+time.Hour), "pay.example")
	if err != nil || later.cert.Equal(wider.cert) {
		t.Errorf("one that ends soon goes on: %v", err)
	}
	if err := os.WriteFile(filepath.Join(folder, privateFile), []byte("noise"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenAuthority(folder, now); err == nil || !strings.Contains(err.Error(), folder) {
		t.Errorf("noise: %v", err)
	}
}

func stat(t *testing.T, path string) os.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// save writes a certificate and its key as files.
func save(t *testing.T, c *tls.Certificate, folder string) (cert, key string) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: c.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestDemanding_ClientsShowACertificate(t *testing.T) {
	a, b := authority(t, t.TempDir()), authority(t, t.TempDir())
	server, err := Demanding(Server(a.Source()), a.Path)
	if err != nil {
		t.Fatal(err)
	}
	badge, err := a.Badge(now, "bank")
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := b.Badge(now, "bank")
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := a.Leaf(now)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		shows *tls.Certificate
		good  bool
	}{"none": {nil, false}, "its own": {badge, true}, "of another authority": {foreign, false}, "a server's": {leaf, false}} {
		var cert, key string
		if c.shows != nil {
			cert, key = save(t, c.shows, t.TempDir())
		}
		client, err := Client(a.Path, cert, key)
		if err != nil {
			t.Fatal(err)
		}
		client.ServerName = "localhost"
		if _, far, near := shake(t, server, client); (far == nil && near == nil) != c.good {
			t.Errorf("a client whose certificate is %s: want it let in %t, got %v at the server and %v at the client", name, c.good, far, near)
		}
	}
}

func TestFiles_AreReadAgain(t *testing.T) {
	a, folder := authority(t, ""), t.TempDir()
	leaf := func() *tls.Certificate {
		c, err := a.Leaf(now)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first, second := leaf(), leaf()
	f, err := Load(save(t, first, folder))
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	f.Failed = func(err error) { failed = err }
	serves := func(want *tls.Certificate) bool {
		f.looked = time.Time{} // as if a second had passed
		got, err := f.Get(nil)
		return err == nil && got.Leaf.Equal(want.Leaf)
	}
	if !serves(first) {
		t.Error("it serves another one")
	}
	cert, key := save(t, second, folder)
	later := now.Add(time.Hour) // file systems differ in the precision of times
	if err := errors.Join(os.Chtimes(cert, later, later), os.Chtimes(key, later, later)); err != nil {
		t.Fatal(err)
	}
	if !serves(second) || failed != nil {
		t.Errorf("the change was not seen: %v", failed)
	}
	if err := os.WriteFile(key, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !serves(second) || failed == nil || f.Reload() == nil {
		t.Errorf("a broken file: %v", failed)
	}
	if err := os.Remove(cert); err != nil {
		t.Fatal(err)
	}
	if failed = nil; !serves(second) || failed == nil {
		t.Errorf("a file that is gone: %v", failed)
	}
}

func TestClient_ReportsWhatCannotBeRead(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][3]string{{empty, "", ""}, {"no such file", "", ""}, {"", empty, empty}, {"", empty, ""}} {
		if _, err := Client(c[0], c[1], c[2]); err == nil {
			t.Errorf("%q was taken", c)
		}
	}
}
