package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"sandbank/clock"
	"sandbank/identity"
	"sandbank/identity/grant"
	"sandbank/node"
	"sandbank/secret"
	"sandbank/web/oauth"
)

// signInFlags are the users of the dashboard, and the apps that act for people.
type signInFlags struct {
	SignIn string        `name:"sign-in" enum:"auto,always,never" default:"auto" help:"Whether people sign in to the dashboard: always, never, or auto: not while only this machine can ask and all credentials are the development ones."`
	People []secret.Text `name:"person" sep:"none" placeholder:"NAME:PASSWORD:ROLE[:MERCHANT]" help:"Somebody who may sign in: as administrator, operator or auditor, or as merchant or merchant_reader of a client's merchant; repeat for more. Default: the development people."`
	Apps   []string      `name:"app" sep:"none" placeholder:"ID:REDIRECT_URI" help:"A program that people sign in to (OAuth public client) and where they are sent back to; repeat for more, and for more addresses. Default: demo-app, on this machine."`
}

// check reads the flags. Known are the clients, and whether only this machine can
// ask; plain says that the credentials of clients are the development ones.
func (f signInFlags) check(clients []identity.Client, loopback, plain, allowDev bool) (w node.People, err error) {
	w.Clients = clients
	var faults []error
	for _, text := range entries(f.People) {
		p, err := parsePerson(text.Reveal(), clients)
		faults = append(faults, err)
		w.People = append(w.People, p)
	}
	names := make([]string, len(w.People))
	for i, p := range w.People {
		names[i] = p.Name
	}
	if name := twice(names); name != "" {
		faults = append(faults, fmt.Errorf("--person %s: is given twice", name))
	}
	if w.Apps, err = parseApps(f.Apps, clients); err != nil {
		faults = append(faults, err)
	}
	dev := len(f.People) == 0
	w.SignIn = f.SignIn == "always" || f.SignIn == "auto" && !(loopback && plain && dev)
	switch {
	case !dev:
	case loopback || allowDev:
		w.People = developmentPeople(clients)
		w.Shown = w.People
	case w.SignIn:
		faults = append(faults, errors.New("--sign-in: the dashboard is reachable from outside, and nobody could sign in, since the development people are public: give --person NAME:PASSWORD:ROLE, or --sign-in never where something in front asks"))
	}
	return w, errors.Join(faults...)
}

// developmentPeople are those whose merchant is known.
func developmentPeople(clients []identity.Client) (list []identity.Person) {
	for _, p := range identity.DemoPeople() {
		if _, known := merchantOf(clients, p.Merchant.ID); known || !p.Role.OfMerchant() {
			list = append(list, p)
		}
	}
	return list
}

func merchantOf(clients []identity.Client, id string) (identity.Merchant, bool) {
	return identity.NewRegistry(clients...).Merchant(id)
}

var personName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9@._-]{0,63}$`)

// parsePerson reads NAME:PASSWORD:ROLE[:MERCHANT]. The password may have colons;
// the parts after it have none. No error repeats it.
func parsePerson(text string, clients []identity.Client) (p identity.Person, err error) {
	parts := strings.Split(text, ":")
	last := len(parts) - 1
	if last >= 3 && identity.Role(parts[last-1]).OfMerchant() {
		m, ok := merchantOf(clients, parts[last])
		if !ok {
			return p, fmt.Errorf("--person %.64s: there is no client of the merchant %q", parts[0], parts[last])
		}
		p.Merchant, last = m, last-1
	}
	if last < 2 {
		return p, errors.New("--person: write it as NAME:PASSWORD:ROLE, or NAME:PASSWORD:ROLE:MERCHANT for merchant and merchant_reader")
	}
	p.Name, p.Password, p.Role = parts[0], secret.Text(strings.Join(parts[1:last], ":")), identity.Role(parts[last])
	switch {
	case !personName.MatchString(p.Name):
		return p, errors.New("--person: a name is of letters, digits, @, ., - and _, at most 64")
	case len(p.Password) < minSecret || len(p.Password) > 256:
		return p, fmt.Errorf("--person %s: the password needs %d to 256 characters", p.Name, minSecret)
	case !p.Role.Valid() || p.Role == identity.RoleBank:
		return p, fmt.Errorf("--person %s: the role must be administrator, operator, auditor, merchant or merchant_reader", p.Name)
	case p.Role.OfMerchant() != (p.Merchant.ID != ""):
		return p, fmt.Errorf("--person %s: %s needs the merchant whose it is: NAME:PASSWORD:%s:MERCHANT", p.Name, p.Role, p.Role)
	}
	return p, nil
}

// parseApps reads ID:REDIRECT_URI, each.
func parseApps(list []string, clients []identity.Client) (apps []identity.App, err error) {
	if len(list) == 0 {
		return []identity.App{identity.DemoApp}, nil
	}
	for _, text := range entries(list) {
		id, uri, _ := strings.Cut(text, ":")
		if _, taken := identity.NewRegistry(clients...).Client(id); taken || !clientID.MatchString(id) || id == oauth.DashboardID {
			return nil, fmt.Errorf("--app %.64s: write it as ID:REDIRECT_URI, with an id of letters, digits, - and _ that no client has", id)
		}
		if err := identity.CheckRedirect(uri); err != nil {
			return nil, fmt.Errorf("--app %s: %w", id, err)
		}
		i := 0
		for i < len(apps) && apps[i].ID != id {
			i++
		}
		if i == len(apps) {
			apps = append(apps, identity.App{ID: id, Name: id})
		}
		apps[i].Redirects = append(apps[i].Redirects, uri)
	}
	return apps, nil
}

// rotateCommand turns the ring of signing keys.
type rotateCommand struct {
	database
	Compromised bool `help:"A key was stolen: replace all keys now. Every access token ends with them."`
}

// Run turns it once.
func (c *rotateCommand) Run(ctx context.Context, to output) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	ring, err := oauth.RotateKey(ctx, s, clock.Real{}.Now(), c.Compromised)
	if errors.Is(err, grant.ErrTooNew) {
		return fmt.Errorf("%w; wait until then, or, if a key was stolen, give --compromised", err)
	}
	if err != nil {
		return err
	}
	for _, k := range ring.Keys {
		state := "is published, and signs after the next turn"
		switch {
		case !k.Until.IsZero():
			state = "signs no more, and verifies until " + k.Until.Format(time.RFC3339)
		case !k.From.IsZero():
			state = "signs from now on"
		}
		_, _ = fmt.Fprintf(to.out, "%s  %s\n", k.ID, state)
	}
	return nil
}
