package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"sandbank/certificate"
	"sandbank/clock"
)

// certificatesCommand equips the programs of one machine for TLS with one another.
type certificatesCommand struct {
	Folder   string   `required:"" help:"Where to write. The authority stays in its folder \"authority\"; each holder gets a folder of its name."`
	Holders  []string `name:"holder" required:"" placeholder:"HOST" help:"Host name of a program that serves or shows who it is; repeat for more."`
	Readable bool     `help:"Let every user read the keys: where each holder's folder is a volume that it alone can reach, under a user of its own."`
}

var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// Run writes the files.
func (c *certificatesCommand) Run(to output) error {
	for _, h := range c.Holders {
		if !hostName.MatchString(h) || h == "authority" {
			return fmt.Errorf("--holder %q: write a host name of one word, in small letters, and not \"authority\"", h)
		}
	}
	now := clock.Real{}.Now()
	a, err := certificate.OpenAuthority(filepath.Join(c.Folder, "authority"), now, c.Holders...)
	if err != nil {
		return err
	}
	mode := os.FileMode(0o600)
	if c.Readable {
		mode = 0o644
	}
	for _, h := range c.Holders {
		if err := a.Equip(filepath.Join(c.Folder, h), h, now, mode); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintf(to.out, "%d holders are equipped; the authority to trust is %s\n", len(c.Holders), a.Path)
	return nil
}
