package main

import (
	"errors"
	"fmt"
	"net"
	"time"

	"sandbank/identity/class"
	"sandbank/node"
)

// classFlags let students join with their phones.
type classFlags struct {
	Class     bool          `help:"Let a class join with phones, each student with a shop of its own: /class shows the code. For an embedded processor at an address that phones reach. See /docs/teach."`
	ClassSize int           `default:"200" placeholder:"N" help:"How many students may join."`
	ClassFor  time.Duration `default:"8h" placeholder:"DURATION" help:"How long a class lasts."`
}

// Bounds of a class.
const (
	maxStudents  = 1000
	minClassLife = 10 * time.Minute
	maxClassLife = 24 * time.Hour
)

// check reads the flags; nil is no class.
func (f classFlags) check(c runCommand) (*node.Class, error) {
	if !f.Class {
		if f.ClassSize != 0 && f.ClassSize != class.Most || f.ClassFor != 0 && f.ClassFor != class.Life {
			return nil, errors.New("--class-size and --class-for: they bound a class, so give --class as well")
		}
		return nil, nil
	}
	var faults []error
	if f.ClassSize < 1 || f.ClassSize > maxStudents {
		faults = append(faults, fmt.Errorf("--class-size %d: must be 1 to %d", f.ClassSize, maxStudents))
	}
	if f.ClassFor < minClassLife || f.ClassFor > maxClassLife {
		faults = append(faults, fmt.Errorf("--class-for %s: must be %s to %s", f.ClassFor, minClassLife, maxClassLife))
	}
	host, port, _ := net.SplitHostPort(c.Addr) // a bad one is said already
	switch ip := net.ParseIP(host); {
	case c.AMQPURL != "" || c.DatabaseURL != "":
		faults = append(faults, errors.New("--class: it is for the embedded engines: leave out --amqp-url and --database-url"))
	case node.IsLoopback(host):
		faults = append(faults, fmt.Errorf("--class: phones cannot reach --addr %q: give --addr 0.0.0.0:%s and --public-url http://%s:%s, the address of this machine in the class's network", c.Addr, port, nearby(), port))
	case c.PublicURL == "" && (host == "" || ip != nil && ip.IsUnspecified()):
		faults = append(faults, fmt.Errorf("--class: the code for phones needs an address: give --public-url http://%s:%s, the address of this machine in the class's network", nearby(), port))
	}
	if c.SignIn == "never" {
		faults = append(faults, errors.New("--class: with --sign-in never every student could do everything on the dashboard: leave it out"))
	}
	return &node.Class{Students: f.ClassSize, Life: f.ClassFor}, errors.Join(faults...)
}

// nearby is an address of this machine that others may reach.
func nearby() string {
	list, _ := net.InterfaceAddrs() // without any, the example stands
	for _, a := range list {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsGlobalUnicast() {
			return n.IP.String()
		}
	}
	return "192.168.1.20"
}
