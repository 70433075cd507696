package node

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"

	"sandbank/certificate"
)

// TLS says with which certificate the node serves: one from files, or one of an authority; with
// neither it serves plain HTTP.
type TLS struct {
	Files     *certificate.Files
	Authority *certificate.Authority // made for this machine; its certificates are for Hosts
	Hosts     []string
}

// On reports whether there is a certificate.
func (t TLS) On() bool { return t.Files != nil || t.Authority != nil }

// encryption is how this node speaks TLS.
type encryption struct {
	server *tls.Config       // nil for plain HTTP
	trust  func(*tls.Config) // has a client in this process trust the server
}

func newEncryption(t TLS) (e encryption) {
	var source certificate.Source
	switch {
	case t.Files != nil:
		source, e.trust = t.Files.Get, trusting(t.Files)
	case t.Authority != nil:
		source, e.trust = t.Authority.Source(t.Hosts...), func(c *tls.Config) { c.RootCAs = t.Authority.Pool() }
	default:
		return e
	}
	e.server = certificate.Server(source, "h2", "http/1.1")
	return e
}

// trusting has a client trust the very certificate in the files, under the name
// it was made for: the client is in the same process, and knows the server by
// any address.
func trusting(files *certificate.Files) func(*tls.Config) {
	return func(c *tls.Config) {
		c.InsecureSkipVerify = true // replaced by what follows
		c.VerifyConnection = func(s tls.ConnectionState) error {
			own, err := files.Get(nil)
			if err != nil || len(s.PeerCertificates) == 0 || !sameCertificate(s.PeerCertificates[0], own) {
				return errors.Join(errors.New("another server answers at our own address"), err)
			}
			return nil
		}
	}
}

func sameCertificate(a *x509.Certificate, b *tls.Certificate) bool { return b.Leaf.Equal(a) }

// strict tells browsers to come by HTTPS only. A development authority's is not
// worth that, and localhost belongs to other programs as well.
func (n *life) strict(next http.Handler) http.Handler {
	u, err := url.Parse(n.base)
	if n.config.HTTP.TLS.Files == nil || err != nil || IsLoopback(u.Hostname()) || net.ParseIP(u.Hostname()) != nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		next.ServeHTTP(w, r)
	})
}

// httpClient is a client that trusts this process's own certificate; nil where
// any will do.
func (e *encryption) httpClient() *http.Client {
	if e.server == nil {
		return nil
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig, t.MaxIdleConnsPerHost = &tls.Config{MinVersion: tls.VersionTLS12}, 32
	e.trust(t.TLSClientConfig)
	return &http.Client{Transport: t}
}

// scheme is how a browser reaches what is served with this certificate.
func (e *encryption) scheme() string {
	if e.server == nil {
		return "http://"
	}
	return "https://"
}

// around a listener there is TLS where there is a certificate, for HTTP/1.1.
func (e *encryption) around(l net.Listener) net.Listener {
	if e.server == nil {
		return l
	}
	c := e.server.Clone()
	c.NextProtos = []string{"http/1.1"}
	return tls.NewListener(l, c)
}
