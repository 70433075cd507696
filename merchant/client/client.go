package client

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sandbank/secret"
)

// Config has the processor's address and the client's credentials.
type Config struct {
	// Base is the processor's address: "http://127.0.0.1:8080".
	Base string
	// ID and Secret are the OAuth client credentials.
	ID     string
	Secret secret.Text
	// HTTP makes the requests; nil is a client with sound limits. A Timeout in
	// it also cuts [Client.Await], which waits on purpose.
	HTTP *http.Client
	// Trust is the TLS settings for an https:// Base, unless HTTP is set; nil
	// trusts the system's authorities.
	Trust *tls.Config
	// Patience is how long a request is repeated, in all, while the processor
	// is away; 0 is [DefaultPatience], less than 0 repeats nothing. Only what
	// is safe to repeat is: reading, and creating with an idempotency key.
	Patience time.Duration
	// Timeout bounds one try of a request that is not meant to wait; 0 is [DefaultTimeout].
	Timeout time.Duration
}

// DefaultPatience is how long a request is repeated unless [Config] says.
const DefaultPatience = 10 * time.Second

// DefaultTimeout bounds one try unless [Config] says.
const DefaultTimeout = 15 * time.Second

// Client calls the processor's API. It is safe for concurrent use; make one
// and share it.
type Client struct {
	base     string
	http     *http.Client
	patience time.Duration
	timeout  time.Duration
	token    *token
}

// New makes a client. It calls nobody yet.
func New(c Config) (*Client, error) {
	base, err := checkBase(c.Base)
	if err != nil {
		return nil, err
	}
	if c.ID == "" || c.Secret == "" {
		return nil, errors.New("client: the client id and secret are required")
	}
	if c.HTTP == nil {
		c.HTTP = &http.Client{Transport: transport(c.Trust)}
	}
	if c.Patience == 0 {
		c.Patience = DefaultPatience
	}
	c.Timeout = cmp.Or(c.Timeout, DefaultTimeout)
	return &Client{
		base: base, http: c.HTTP, patience: c.Patience, timeout: c.Timeout,
		token: &token{http: c.HTTP, timeout: c.Timeout, url: base + "/oauth/token", id: c.ID, secret: c.Secret.Reveal()},
	}, nil
}

// Base is the processor's address, without a slash at its end.
func (c *Client) Base() string { return c.base }

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func checkBase(base string) (string, error) {
	u, err := url.Parse(base)
	switch {
	case err != nil:
		return "", fmt.Errorf("client: the base URL is not valid: %w", err)
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return "", fmt.Errorf("client: the base URL %q must be absolute, such as \"http://127.0.0.1:8080\"", base)
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return "", fmt.Errorf("client: the base URL %q must have no query, fragment or password", base)
	}
	return strings.TrimRight(base, "/"), nil
}

// transport keeps connections: a handshake for each request would cost more
// than the request.
func transport(trust *tls.Config) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 32
	if trust != nil {
		t.TLSClientConfig = trust.Clone()
	}
	return t
}
