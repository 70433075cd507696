package main

import (
	"errors"
	"fmt"
	"net/netip"

	"sandbank/web/gate"
)

// limitFlags say how much callers may ask for.
type limitFlags struct {
	RateLimitClient  string   `placeholder:"RATE[:BURST]" help:"Requests a second that one client may make with its tokens, such as 100, or 100:500 for at most 500 at once, or off. Default: off while only this machine can ask, else 1000:5000."`
	RateLimitAddress string   `placeholder:"RATE[:BURST]" help:"Requests a second that may come from one address. Default: off while only this machine can ask, else 2000:10000."`
	TrustedProxies   []string `name:"trusted-proxy" placeholder:"CIDR" help:"Network of a proxy in front whose X-Forwarded-For is believed; repeat for more. Default: none."`
	MaxConnections   int      `default:"10000" help:"Connections over HTTP at a time; further ones wait to be accepted."`
}

// The limits beyond loopback: more than a shop under development needs, and
// well below the rate that would keep one processor from everybody else.
var (
	usualClientRate  = gate.Rate{PerSecond: 1000, Burst: 5000}
	usualAddressRate = gate.Rate{PerSecond: 2000, Burst: 10000}
)

// check reads the flags; alone says that only this machine can ask.
func (f limitFlags) check(alone bool) (limits gate.Limits, err error) {
	var faults []error
	for _, text := range f.TrustedProxies {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("--trusted-proxy %q: write it as a network, such as 10.0.0.0/8 or 127.0.0.1/32", text))
		}
		limits.Proxies = append(limits.Proxies, prefix)
	}
	read := func(flag, text string, usual gate.Rate) gate.Rate {
		switch {
		case text == "" && alone:
			return gate.Rate{}
		case text == "":
			return usual
		}
		r, err := gate.ParseRate(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s %w", flag, err))
		}
		return r
	}
	limits.Client = read("--rate-limit-client", f.RateLimitClient, usualClientRate)
	limits.Address = read("--rate-limit-address", f.RateLimitAddress, usualAddressRate)
	if f.MaxConnections < 1 {
		faults = append(faults, fmt.Errorf("--max-connections %d: must be 1 or more", f.MaxConnections))
	}
	return limits, errors.Join(faults...)
}
