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

// Authority gives out certificates on one machine. Who trusts it trusts it for
// the hosts it was made for and for no others: were its key stolen, it could
// vouch for nobody else.
type Authority struct {
	// Path is the file with its certificate, to be trusted; "" where it is in
	// memory only.
	Path string
	cert *x509.Certificate
	key  crypto.Signer
}

// Names of the files in an authority's folder.
const (
	authorityFile = "sandbank-ca.pem"     // for everybody
	privateFile   = "sandbank-ca-key.pem" // key and certificate together, so that they always fit
)

const (
	authorityLife = 2 * 365 * 24 * time.Hour
	leafLife      = 90 * 24 * time.Hour
	leastLeft     = 180 * 24 * time.Hour // an authority with less is made anew
)

// always are the hosts of every authority.
var always = []string{"localhost", "127.0.0.1", "::1"}

// OpenAuthority reads the authority in a folder, or makes one there that may
// vouch for this machine and the hosts. One that may not, or ends soon, is
// replaced. An empty folder's name keeps it in memory.
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

// sign makes a certificate that is good from an hour ago on: clocks differ.
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

// Badge makes a certificate with its key with which a client shows who it is.
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

// Source makes a leaf, and another one before that ends.
func (a *Authority) Source(hosts ...string) Source {
	made := make(chan *tls.Certificate, 1) // who holds it may replace it
	made <- nil
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		leaf := <-made
		defer func() { made <- leaf }()
		// Who connects compares it with the computer's clock.
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

// PEM is the authority's certificate.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// Pool trusts this authority alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// serves reports whether the authority may vouch for the hosts, and will.
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

// replace writes a file as a whole, or not at all.
func replace(path string, content []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".sandbank-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already, if all went well
	_, err = f.Write(content)
	if err := errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
