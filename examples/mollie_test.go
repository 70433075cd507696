package examples_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sandbank/dialect/mollie"
	"sandbank/identity"
	"sandbank/merchant/client"
)

// Both shops use Mollie's own clients as they are: a payment, a webhook that says an identifier alone, an order fulfilled
// once, and a refund. The client for TypeScript compiles the shop by its types, and holds every answer to its schemas.
func TestExamples_OverMollie(t *testing.T) {
	for name, c := range map[string]struct {
		flags []string
		begin func(*stage) *process
	}{
		"Node":       {[]string{"--tls", "dev"}, func(s *stage) *process { return s.mollieNode() }},
		"TypeScript": {nil, func(s *stage) *process { return s.mollieTypeScript() }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, append([]string{"--no-shop", "--amqp-addr", "127.0.0.1:0", "--stripe-addr", "off", "--banks", "SANDNL2A", "--data", t.TempDir()}, c.flags...)...)
			s.environ = append(s.environ, "MOLLIE_API_KEY="+mollie.KeyOf(identity.DemoShop))
			config := client.Config{Base: s.base, ID: identity.DemoShop.ID, Secret: identity.DemoShop.Secret}
			if c.flags != nil {
				s.secure(&config)
			} else {
				s.ready()
			}
			merchant, err := client.New(config)
			if err != nil {
				t.Fatal(err)
			}
			defer merchant.Close()
			s.sells(c.begin(s), merchant)
		})
	}
}

// sells has a shop sell: the customer pays by the house's own API.
func (s *stage) sells(shop *process, merchant *client.Client) {
	s.Helper()
	id := ""
	s.await("where to pay", func(context.Context) error {
		_, line, said := strings.Cut(shop.out.String(), "pay ")
		if !said || !strings.Contains(line, "\n") {
			return errors.New("it says nothing")
		}
		id = strings.Fields(line)[0]
		return nil
	})
	hex := strings.TrimPrefix(id, "tr_")
	house := "pay_" + hex[:8] + "-" + hex[8:12] + "-" + hex[12:16] + "-" + hex[16:20] + "-" + hex[20:]
	if _, err := merchant.Act(s.Context(), house, client.Act{Action: "pay"}); err != nil {
		s.Fatalf("pay for %s: %v", id, err)
	}
	s.heard(shop)
	lines := strings.Split(strings.TrimSpace(shop.out.String()), "\n")
	for _, want := range []string{"fulfilled order-1042 Teapot 19.99 EUR", "refund 19.99", "refunded 19.99"} {
		if n := len(lines) - len(slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return l == want })); n != 1 {
			s.Errorf("%d times %q in %q, expected once", n, want, lines)
		}
	}
}

// secure waits until the processor answers over HTTPS, and has everybody trust its authority.
func (s *stage) secure(c *client.Config) {
	s.Helper()
	s.base = strings.Replace(s.base, "http://", "https://", 1)
	file := ""
	s.await("the authority", func(context.Context) error {
		_, after, said := strings.Cut(s.processor.out.String(), "export NODE_EXTRA_CA_CERTS=")
		if !said || !strings.Contains(after, "\n") {
			return errors.New("it says nothing")
		}
		file = strings.Trim(strings.Fields(after)[0], "'")
		return nil
	})
	s.environ = append(s.environ, "NODE_EXTRA_CA_CERTS="+file, "SANDBANK_MOLLIE_URL="+s.base+"/mollie/v2/")
	c.Base = s.base
	pem, err := os.ReadFile(file)
	if err != nil {
		s.Fatal(err)
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(pem) {
		s.Fatalf("there is no certificate in %s", file)
	}
	c.Trust = &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS12}
}

// mollieNode begins the shop with the client for Node, with what it imports.
func (s *stage) mollieNode() *process {
	s.Helper()
	return s.compiled("mollie", "main.mjs", "trust.mjs")
}

// mollieTypeScript compiles the shop with the client for TypeScript, and begins it.
func (s *stage) mollieTypeScript() *process {
	s.Helper()
	return s.compiled("mollie-typescript", "main.mts", "tsconfig.json")
}

// compiled copies an example beside the packages, compiles one in TypeScript, and begins it.
func (s *stage) compiled(example, main string, more ...string) *process {
	s.Helper()
	room := s.TempDir()
	packages, err := filepath.Abs("../tools/npm/node_modules")
	if err == nil {
		err = os.Symlink(packages, filepath.Join(room, "node_modules"))
	}
	if err == nil {
		err = os.Mkdir(filepath.Join(room, example), 0o700)
	}
	for _, name := range append([]string{filepath.Join(example, main), "patience.mjs"}, prefixed(example, more)...) {
		var code []byte
		if err == nil {
			code, err = os.ReadFile(name)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(room, name), code, 0o600)
		}
	}
	if err != nil {
		s.Fatal(err)
	}
	at := filepath.Join(room, example)
	if strings.HasSuffix(main, ".mts") {
		cmd := exec.CommandContext(s.Context(), filepath.Join(packages, ".bin", "tsc"), "-p", at, "--noEmit", "false", "--outDir", at)
		if out, err := cmd.CombinedOutput(); err != nil {
			s.Fatalf("tsc: %v\n%s", err, out)
		}
		main = strings.TrimSuffix(main, ".mts") + ".mjs"
	}
	return s.run(exec.Command("node", filepath.Join(at, main)))
}

func prefixed(folder string, names []string) (list []string) {
	for _, name := range names {
		list = append(list, filepath.Join(folder, name))
	}
	return list
}
