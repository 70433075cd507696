package bank_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"sandbank/internal/bustest"
	"sandbank/internal/iso20022"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/settlement/statement"
)

// A receiver of a settlement finds its files, also where they could not be
// written at first.
func TestBank_DeliversFilesBeforeItTells(t *testing.T) {
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		c, dir := newCounter(t, b, prompt(t)), t.TempDir()
		c.stop()
		tries := 0
		c.files = func(s statement.Statement) error {
			if tries++; tries == 1 {
				return errors.New("the disk is full")
			}
			return statement.Folder(dir).Deliver(s)
		}
		c.start()
		for _, want := range []struct{ name, opening, closing string }{{"2026-11-22-EUR-1", "0.00", "19.96"}, {"2026-11-22-EUR-2", "19.96", "39.92"}} {
			c.expect(c.authorize("20.00", payment.CaptureAutomatic, instrument.Neutral), "approved")
			s := c.settle()
			for _, f := range statement.Formats() {
				file, err := os.ReadFile(filepath.Join(dir, "SANDNL2A", want.name+f.Extension()))
				if err != nil || !bytes.Contains(file, []byte(s.ID)) {
					t.Fatalf("read the statement %s as %s: want it with %s, got %v: %s", want.name, f, s.ID, err, file)
				}
				if f == statement.CSV {
					continue
				}
				if f != statement.Camt053v2 { // whose schema no module carries
					iso20022.Validate(t, string(f)+".001.08", file)
				}
				for _, amount := range []string{want.opening, want.closing} {
					if balance := []byte(`<Amt Ccy="EUR">` + amount + "</Amt>"); f == statement.Camt053 && !bytes.Contains(file, balance) {
						t.Errorf("%s is not in %s", balance, file)
					}
				}
			}
		}
		if left, err := filepath.Glob(filepath.Join(dir, "SANDNL2A", ".*")); err != nil || len(left) > 0 || tries != 3 {
			t.Errorf("%d tries left %v behind, %v", tries, left, err)
		}
	})
}
