package load

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"sandbank/clock"
	"sandbank/money"
)

// Options say what to drive. The zero value of a field means its default.
type Options struct {
	// Bases are the processors' addresses; customers are spread over them.
	Bases []string
	// ID and Secret are the merchant's client credentials.
	ID     string
	Secret string
	// Payments is how many to make; 0 is 1,000.
	Payments int
	// Rate is how many to begin a second; 0 is as fast as they go.
	Rate float64
	// Concurrency is how many customers there are; 0 is 64.
	Concurrency int
	// Value and Currency are each payment's amount; "" is 10 of the currency, and EUR.
	Value    string
	Currency string
	// Bank is named in each payment; "" lets the processor choose.
	Bank string
	// Card is the customers' card; "" is 4242424242424242.
	Card string
	// Timeout is how long one payment may take, repeats included; 0 is 30 s.
	Timeout time.Duration
	// Patience is how long a run goes on while none of its payments moves; 0 is 30 s.
	Patience time.Duration
	// Clock measures the patience; nil is the computer's.
	Clock clock.Computer
	// Trust is how https:// Bases are trusted; nil is the system's authorities.
	Trust *tls.Config
	// Listen is where webhooks are received; "" is a free loopback port.
	Listen string
	// ReceiverURL is how the processor reaches Listen, where the two are not on
	// one machine; "" is Listen's own address.
	ReceiverURL string
}

const (
	defaultPayments    = 1000
	defaultConcurrency = 64
	maxConcurrency     = 4096
	defaultCard        = "4242424242424242"
	defaultTimeout     = 30 * time.Second
	defaultPatience    = 30 * time.Second
)

// checked fills in the defaults and complains about everything at once.
func (o Options) checked() (Options, money.Amount, error) {
	o.Payments = orElse(o.Payments, defaultPayments)
	o.Concurrency = orElse(o.Concurrency, defaultConcurrency)
	o.Value, o.Currency = orElse(o.Value, "10"), orElse(o.Currency, "EUR")
	o.Card, o.Timeout = orElse(o.Card, defaultCard), orElse(o.Timeout, defaultTimeout)
	o.Patience = orElse(o.Patience, defaultPatience)
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	o.Listen = orElse(o.Listen, "127.0.0.1:0")
	var complaints []error
	complain := func(wrong bool, format string, args ...any) {
		if wrong {
			complaints = append(complaints, fmt.Errorf(format, args...))
		}
	}
	complain(len(o.Bases) == 0, "no processor is named")
	complain(o.Payments < 1, "the number of payments is %d; it must be 1 or more", o.Payments)
	complain(o.Rate < 0, "the rate is %g a second; it must be more than 0, or 0 for as fast as they go", o.Rate)
	complain(o.Concurrency < 1 || o.Concurrency > maxConcurrency, "the number of customers is %d; it must be 1 to %d", o.Concurrency, maxConcurrency)
	complain(o.Patience < 0, "the patience is %s; it must be more than 0", o.Patience)
	complain(o.Timeout < 0, "the timeout is %s; it must be more than 0", o.Timeout)
	if _, _, err := net.SplitHostPort(o.Listen); err != nil {
		complain(true, "the receiver's address %q must be host:port", o.Listen)
	}
	if o.ReceiverURL != "" {
		u, err := url.Parse(o.ReceiverURL)
		complain(err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "", "the receiver's URL %q must begin with http:// or https://", o.ReceiverURL)
		o.ReceiverURL = strings.TrimRight(o.ReceiverURL, "/")
	}
	amount, err := money.Parse(o.Value, money.Currency(o.Currency), "")
	if err == nil && !amount.IsPositive() {
		err = errors.New("the amount must be more than 0")
	}
	if err != nil {
		complaints = append(complaints, err)
	}
	o.Concurrency = min(o.Concurrency, o.Payments) // more would have nothing to do
	return o, amount, errors.Join(complaints...)
}

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
