package node

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sandbank/certificate"
)

// savedLeaf writes a leaf for this machine and its key as files.
func savedLeaf(t *testing.T, a *certificate.Authority, folder string) (cert, key string) {
	t.Helper()
	leaf, err := a.Leaf(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(leaf.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: leaf.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// A server at our own address with another certificate is not us.
func TestTrusting_OwnCertificateOnly(t *testing.T) {
	folder := t.TempDir()
	a, err := certificate.OpenAuthority(folder, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	own, err := certificate.Load(savedLeaf(t, a, folder))
	if err != nil {
		t.Fatal(err)
	}
	other, err := a.Leaf(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for name, shown := range map[string]certificate.Source{
		"our own": own.Get, "another": func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return other, nil },
	} {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.Listener = tls.NewListener(server.Listener, certificate.Server(shown))
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.Start()
		c := &tls.Config{}
		trusting(own)(c)
		transport := &http.Transport{TLSClientConfig: c, DisableKeepAlives: true}
		answer, err := (&http.Client{Transport: transport}).Get(strings.Replace(server.URL, "http://", "https://", 1))
		if err == nil {
			_ = answer.Body.Close()
		}
		if (err == nil) != (name == "our own") {
			t.Errorf("asked a server whose certificate is %s: want an error unless it is our own, got %v", name, err)
		}
		server.Close()
	}
}

func TestStrict_BindsBrowsersOfRealHosts(t *testing.T) {
	for base, want := range map[string]bool{"https://pay.example": true, "https://localhost:8443": false, "https://127.0.0.1:8443": false, "https://192.0.2.7": false} {
		n := &life{place: place{base: base}}
		n.config.HTTP.TLS.Files = &certificate.Files{}
		w := httptest.NewRecorder()
		n.strict(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if got := w.Header().Get("Strict-Transport-Security") != ""; got != want {
			t.Errorf("Strict-Transport-Security from %s: want it there %t, got %t", base, want, got)
		}
	}
}

func TestConnections_AreBounded(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &life{}
	n.config.HTTP.MaxConnections = 1
	l := n.bounded(inner)
	defer func() { _ = l.Close() }()
	accepted := make(chan net.Conn)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- c
		}
	}()
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	first, second := dial(), dial()
	defer func() { _, _ = first.Close(), second.Close() }()
	held := <-accepted
	select {
	case <-accepted:
		t.Error("the second was accepted beside the first")
	default:
	}
	_ = held.Close()
	next := <-accepted
	_ = next.Close()
	_ = l.Close()
	<-accepted
}
