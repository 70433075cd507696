package main

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sandbank/certificate"
	"sandbank/node"
)

func TestTLS_FlagsThatDoNotFit(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"half a certificate":        {[]string{"--tls-cert", "x"}, "--tls-key"},
		"two certificates":          {[]string{"--tls", "dev", "--tls-cert", "x", "--tls-key", "x"}, "choose one"},
		"no such file":              {[]string{"--addr", "127.0.0.1:0", "--tls-cert", "/nowhere", "--tls-key", "/nowhere"}, "--tls-cert"},
		"nothing to lead to":        {[]string{"--http-redirect", "127.0.0.1:0"}, "--http-redirect"},
		"plain public URL":          {[]string{"--tls", "dev", "--public-url", "http://x"}, "--public-url"},
		"AMQPS without certificate": {[]string{"--amqps-addr", "127.0.0.1:0"}, "--amqps-addr"},
		"CA without AMQPS":          {[]string{"--amqps-client-ca", "x"}, "--amqps-client-ca"},
		"CA for plain AMQP":         {[]string{"--amqp-ca", "x"}, "amqps://"},
		"half an AMQP certificate":  {[]string{"--amqp-cert", "x"}, "--amqp-key"},
		"a public password":         {[]string{"--amqp-addr", "0.0.0.0:0"}, "--allow-development-credentials"},
		"a public password in TLS":  {[]string{"--tls", "dev", "--amqps-addr", "0.0.0.0:0"}, "--amqps-client-ca"},
	} {
		var errs bytes.Buffer
		if code := run(t.Context(), c.args, io.Discard, &errs); code != 1 || !strings.Contains(errs.String(), c.says) {
			t.Errorf("%s: exit code %d: %s", name, code, errs.String())
		}
	}
}

func TestTLS_DevSaysHowToTrustIt(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	data := t.TempDir()
	said, end := embedded(t, "--tls", "dev", "--data", data, "--public-url", "https://pay.example/")
	ca := filepath.Join(data, "sandbank-ca.pem")
	for _, words := range []string{"--cacert " + node.ShellQuoted(ca), "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "https://pay.example/docs"} {
		if !strings.Contains(said, words) {
			t.Errorf("%q is missing from:\n%s", words, said)
		}
	}
	if code := end(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	// The folder for configuration is left alone where there is another one.
	if found, _ := filepath.Glob(filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "*")); len(found) != 0 {
		t.Errorf("something was written: %v", found)
	}
	if _, err := certificate.Pool(ca); err != nil {
		t.Error(err)
	}
}

// The shop and the health command are clients of a processor with TLS; the shop
// trusts its certificate even where that has another name.
func TestTLS_HealthAndShop(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", folder)
	a, err := certificate.OpenAuthority(filepath.Join(folder, "sandbank"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := certificate.OpenAuthority(filepath.Join(folder, "foreign"), time.Now(), "pay.example")
	if err != nil {
		t.Fatal(err)
	}
	cert, key := savedLeaf(t, foreign, filepath.Join(folder, "foreign"))
	for name, c := range map[string]struct {
		args []string
		ca   string
	}{
		"dev":   {[]string{"--tls", "dev"}, a.Path},
		"files": {[]string{"--tls-cert", cert, "--tls-key", key}, foreign.Path},
	} {
		t.Run(name, func(t *testing.T) {
			said, end := embedded(t, append(c.args, "--log-format", "json")...)
			var ready struct {
				URL  string `json:"url"`
				Shop string `json:"shop"`
			}
			if err := json.Unmarshal([]byte(said), &ready); err != nil {
				t.Fatalf("read the line that says the processor is ready: %v: %s", err, said)
			}
			var out, errs bytes.Buffer
			if code := run(t.Context(), []string{"health", "--addr", strings.TrimPrefix(ready.URL, "https://"), "--ca", c.ca}, &out, &errs); code != 0 {
				t.Errorf("exit code %d: %s%s", code, out.String(), errs.String())
			}
			awaitShop(t, ready.Shop)
			if code := end(); code != 0 {
				t.Errorf("ended with %d", code)
			}
		})
	}
}

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

// awaitShop waits until the shop has registered its webhook with the processor,
// which is when it is ready.
func awaitShop(t *testing.T, base string) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Minute)
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for status := 0; status != http.StatusOK; {
		answer, err := c.Get(base + "/readyz")
		if err == nil {
			status = answer.StatusCode
			_ = answer.Body.Close()
		}
		if time.Now().After(deadline) {
			t.Fatalf("the shop does not reach the processor: %d, %v", status, err)
		}
	}
}
