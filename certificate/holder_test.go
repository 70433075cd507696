package certificate

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Two programs equipped by one authority trust one another, each under its name.
func TestEquip_LetsHoldersMeet(t *testing.T) {
	root := t.TempDir()
	a, err := OpenAuthority(filepath.Join(root, "authority"), time.Now(), "rabbitmq", "bank")
	if err != nil {
		t.Fatal(err)
	}
	at := func(holder, file string) string { return filepath.Join(root, holder, file) }
	for _, holder := range []string{"rabbitmq", "bank"} {
		for range 2 { // existing files are replaced
			if err := a.Equip(filepath.Join(root, holder), holder, time.Now(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	files, err := Load(at("rabbitmq", ServerFile), at("rabbitmq", ServerKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	server, err := Demanding(Server(files.Get), at("rabbitmq", "ca/sandbank-ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	client, err := Client(at("bank", "ca/sandbank-ca.pem"), at("bank", ClientFile), at("bank", ClientKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, works := range map[string]bool{"rabbitmq": true, "localhost": true, "bank": false} {
		c := client.Clone()
		c.ServerName = name
		state, clientErr, serverErr := shake(t, server, c)
		if (clientErr == nil && serverErr == nil) != works {
			t.Errorf("as %s: %v, %v", name, clientErr, serverErr)
		}
		if works && state.PeerCertificates == nil {
			t.Errorf("as %s nobody was seen", name)
		}
	}
	bare := client.Clone()
	bare.Certificates, bare.GetClientCertificate, bare.ServerName = []tls.Certificate{}, nil, "rabbitmq"
	if _, _, err := shake(t, server, bare); err == nil {
		t.Error("a client without a certificate is let in")
	}
	info, err := os.Stat(at("bank", ClientKeyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key is %v, %v", info.Mode(), err)
	}
}
