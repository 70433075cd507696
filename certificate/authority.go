package certificate

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Authority issues certificates on one machine. A client that trusts it does so
// for the hosts it was made for and no others: a thief of its key could
// impersonate nobody else.
type Authority struct {
	// Path is the file with its certificate, to be trusted by clients; "" if it
	// is in memory only.
	Path string
	cert *x509.Certificate
	key  crypto.Signer
}

// Names of the files in an authority's folder.
const (
	authorityFile = "sandbank-ca.pem"     // readable by everybody
	privateFile   = "sandbank-ca-key.pem" // key and certificate in one file, so that they always fit
)

const (
	authorityLife = 2 * 365 * 24 * time.Hour
	leafLife      = 90 * 24 * time.Hour
	leastLeft     = 180 * 24 * time.Hour // an authority with less time left is replaced
)

// always are the hosts of every authority.
var always = []string{"localhost", "127.0.0.1", "::1"}

// OpenAuthority reads the authority in a folder. It makes a new one, for this
// machine and the given hosts, if there is none, if it may not sign for these
// hosts, or if it expires soon. With an empty folder name the authority is kept
// in memory.
func OpenAuthority(folder string, now time.Time, hosts ...string) (*Authority, error) {
	hosts = slices.Concat(always, hosts)
	if folder == "" {
		return newAuthority(now, hosts)
	}
	a, err := readAuthority(folder)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !a.serves(now, hosts) {
		if a, err = newAuthority(now, hosts); err == nil {
			err = a.write(folder)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("certificate: the authority in %s: %w", folder, err)
	}
	a.Path = filepath.Join(folder, authorityFile)
	if there, err := os.ReadFile(a.Path); err != nil || !bytes.Equal(there, a.PEM()) {
		return a, replace(a.Path, a.PEM(), 0o644)
	}
	return a, nil
}

func newAuthority(now time.Time, hosts []string) (*Authority, error) {
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Sandbank development authority", Organization: []string{"Sandbank"}},
		IsCA:    true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, PermittedDNSDomainsCritical: true,
	}
	for _, h := range hosts {
		ip := net.ParseIP(h)
		switch {
		case ip == nil:
			template.PermittedDNSDomains = append(template.PermittedDNSDomains, h)
		case ip.To4() != nil:
			template.PermittedIPRanges = append(template.PermittedIPRanges, &net.IPNet{IP: ip.To4(), Mask: net.CIDRMask(32, 32)})
		default:
			template.PermittedIPRanges = append(template.PermittedIPRanges, &net.IPNet{IP: ip, Mask: net.CIDRMask(128, 128)})
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	a := &Authority{cert: template, key: key}
	der, err := a.sign(template, now, authorityLife, key.Public())
	if err != nil {
		return nil, err
	}
	a.cert, err = x509.ParseCertificate(der)
	return a, err
}

// sign makes a certificate that is valid from an hour ago, because clocks
// differ.
func (a *Authority) sign(template *x509.Certificate, now time.Time, life time.Duration, public crypto.PublicKey) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template.SerialNumber, template.NotBefore, template.NotAfter = serial, now.Add(-time.Hour), now.Add(life)
	return x509.CreateCertificate(rand.Reader, template, a.cert, public, a.key)
}

// Leaf makes a certificate with its key for a server at this machine and the
// hosts, in memory.
func (a *Authority) Leaf(now time.Time, hosts ...string) (*tls.Certificate, error) {
	template := &x509.Certificate{
		Subject: pkix.Name{Organization: []string{"Sandbank development"}}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(always, hosts)))) {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	return a.issue(template, now)
}

// Badge makes a certificate and key by which a client identifies itself.
func (a *Authority) Badge(now time.Time, name string) (*tls.Certificate, error) {
	return a.issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, now)
}

func (a *Authority) issue(template *x509.Certificate, now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := a.sign(template, now, leafLife, key.Public())
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}

// Source returns a source that makes a leaf, and another one before that
// expires.
func (a *Authority) Source(hosts ...string) Source {
	made := make(chan *tls.Certificate, 1) // whoever receives it may put in another one
	made <- nil
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		leaf := <-made
		defer func() { made <- leaf }()
		// Clients compare the validity with the computer's clock.
		if now := time.Now(); leaf == nil || leaf.Leaf.NotAfter.Sub(now) < leafLife/3 {
			fresh, err := a.Leaf(now, hosts...)
			if err != nil {
				return leaf, err
			}
			leaf = fresh
		}
		return leaf, nil
	}
}

// PEM returns the authority's certificate.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// Pool returns a pool that trusts this authority alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// serves reports whether the authority may sign for the hosts, and is valid long
// enough.
func (a *Authority) serves(now time.Time, hosts []string) bool {
	for _, h := range hosts {
		ip := net.ParseIP(h)
		if ip == nil && !slices.Contains(a.cert.PermittedDNSDomains, strings.ToLower(h)) {
			return false
		}
		within := func(n *net.IPNet) bool { return n.Contains(ip) }
		if ip != nil && !slices.ContainsFunc(a.cert.PermittedIPRanges, within) {
			return false
		}
	}
	return now.After(a.cert.NotBefore) && now.Add(leastLeft).Before(a.cert.NotAfter)
}

func readAuthority(folder string) (*Authority, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(folder, privateFile), filepath.Join(folder, privateFile))
	if err != nil {
		return nil, err
	}
	key, ok := pair.PrivateKey.(crypto.Signer)
	if !ok || !pair.Leaf.IsCA {
		return nil, fmt.Errorf("%s holds no authority; remove it to have one made", privateFile)
	}
	return &Authority{cert: pair.Leaf, key: key}, nil
}

func (a *Authority) write(folder string) error {
	key, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	both := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), a.PEM()...)
	return replace(filepath.Join(folder, privateFile), both, 0o600)
}

// replace writes the whole file, or leaves the old one.
func replace(path string, content []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".sandbank-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // it was renamed, if all went well
	_, err = f.Write(content)
	if err := errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
