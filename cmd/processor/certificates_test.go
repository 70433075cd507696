package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// What the command lays out is what servers and clients of several hosts can
// show one another: both ends are held to the authority by their names.
func TestCertificates_FitOneAnother(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "certs")
	var out bytes.Buffer
	if code := run(t.Context(), []string{"certificates", folder, "--host", "rabbitmq", "--host", "processor"}, &out, io.Discard); code != 0 || out.Len() == 0 {
		t.Fatalf("exit code %d: %s", code, out.String())
	}
	authority, err := os.ReadFile(filepath.Join(folder, "sandbank-ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	for name, use := range map[string]x509.VerifyOptions{
		"server":    {Roots: pool, DNSName: "rabbitmq"},
		"processor": {Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}},
		"bank":      {Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}},
	} {
		pair, err := tls.LoadX509KeyPair(filepath.Join(folder, name+".pem"), filepath.Join(folder, name+"-key.pem"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pair.Leaf.Verify(use); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if use.DNSName = "elsewhere.example"; name == "server" {
			if _, err := pair.Leaf.Verify(use); err == nil {
				t.Error("the servers' certificate is good elsewhere")
			}
		}
	}
}
