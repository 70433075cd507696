package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// The files in a holder's folder. The authority has a folder of its own there,
// for programs that trust all certificates of a folder.
const (
	ServerFile    = "server.pem"
	ServerKeyFile = "server-key.pem"
	ClientFile    = "client.pem"
	ClientKeyFile = "client-key.pem"
)

// Equip writes the files that one program needs to serve and to identify itself:
// a server's certificate for its host name and this machine, a client's
// certificate in its name, their keys with a mode, and the authority. Existing
// files are replaced.
func (a *Authority) Equip(folder, holder string, now time.Time, keys os.FileMode) error {
	trusted := filepath.Join(folder, "ca")
	if err := os.MkdirAll(trusted, 0o755); err != nil { //nolint:gosec // it is for everybody
		return fmt.Errorf("certificate: %w", err)
	}
	server, err := a.Leaf(now, holder)
	if err != nil {
		return err
	}
	client, err := a.Badge(now, holder)
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(trusted, authorityFile), a.PEM(), 0o644); err != nil {
		return err
	}
	if err := writePair(folder, ServerFile, ServerKeyFile, server, keys); err != nil {
		return err
	}
	return writePair(folder, ClientFile, ClientKeyFile, client, keys)
}

func writePair(folder, certFile, keyFile string, c *tls.Certificate, mode os.FileMode) error {
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(folder, keyFile), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), mode); err != nil {
		return err
	}
	return replace(filepath.Join(folder, certFile), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}), 0o644)
}
