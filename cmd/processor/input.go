package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"sandbank/broker"
	"sandbank/web/host"
)

// checkAddresses complains about URLs. A URL may carry a password: none is
// repeated where it does.
func (c runCommand) checkAddresses() error {
	var faults []error
	if c.AMQPURL != "" {
		if _, err := broker.Address(c.AMQPURL.Reveal()); err != nil {
			faults = append(faults, fmt.Errorf("--amqp-url: %w", err))
		}
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		plain := err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && strings.Trim(u.Path, "/") == ""
		if !plain || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
			faults = append(faults, errors.New("--public-url: write it as https://host or http://host:port, with nothing else"))
		}
	}
	for _, name := range c.AllowHosts {
		if err := host.Check(name); err != nil {
			faults = append(faults, fmt.Errorf("--allow-host %w", err))
		}
	}
	return errors.Join(faults...)
}

// twice is the first of a list that is there more than once, "" for none.
func twice(list []string) string {
	seen := map[string]bool{}
	for _, s := range list {
		if seen[s] {
			return s
		}
		seen[s] = true
	}
	return ""
}
