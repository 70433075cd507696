package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sandbank/certificate"
)

// certificatesCommand lays out what a system of several hosts needs to speak TLS
// with itself: an authority, a certificate for its servers, and one for each of
// its clients at the broker.
type certificatesCommand struct {
	Folder  string   `arg:"" help:"Folder to write to; it is made if need be."`
	Hosts   []string `name:"host" placeholder:"NAME" help:"A host name of a server, besides this machine's; repeat for more."`
	Clients []string `name:"badge" placeholder:"NAME" help:"Whoever shows a certificate to the broker; repeat for more. Default: processor, bank."`
}

// Run writes the files anew; the authority is kept while it is good for the hosts.
func (c *certificatesCommand) Run(to output) error {
	now := time.Now()
	authority, err := certificate.OpenAuthority(c.Folder, now, c.Hosts...)
	if err != nil {
		return err
	}
	server, err := authority.Leaf(now, c.Hosts...)
	if err == nil {
		err = c.write("server", server)
	}
	if len(c.Clients) == 0 {
		c.Clients = []string{"processor", "bank"}
	}
	for _, name := range c.Clients {
		if err != nil {
			return err
		}
		var badge *tls.Certificate
		if badge, err = authority.Badge(now, name); err == nil {
			err = c.write(name, badge)
		}
	}
	if err == nil {
		_, _ = fmt.Fprintf(to.out, "Trust %s; servers show server.pem, clients of the broker their own.\n", authority.Path)
	}
	return err
}

// write keeps a certificate and its key. The key can be read by whoever can read
// the folder: the servers in their containers run as users of their own.
func (c *certificatesCommand) write(name string, made *tls.Certificate) error {
	key, err := x509.MarshalPKCS8PrivateKey(made.PrivateKey)
	if err != nil {
		return err
	}
	for file, block := range map[string]*pem.Block{
		name + ".pem":     {Type: "CERTIFICATE", Bytes: made.Certificate[0]},
		name + "-key.pem": {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(c.Folder, file), pem.EncodeToMemory(block), 0o644); err != nil { //nolint:gosec // see above
			return err
		}
	}
	return nil
}
