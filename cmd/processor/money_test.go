package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sandbank/identity"
	"sandbank/merchant/client"
	"sandbank/money"
)

func TestMoneyFlags_AreRead(t *testing.T) {
	clients := identity.Development()
	f := moneyFlags{Fees: []string{"demo-shop=2.9%+0.30", "other-shop=0%+0"}, PayoutAt: "06:15", PayoutTransit: time.Second}
	rules, err := f.check(clients)
	if err != nil {
		t.Fatal(err)
	}
	ten := money.Must("10.00", "EUR")
	for merchant, want := range map[string]string{"demo-shop": "0.59 EUR", "other-shop": "0.00 EUR", "third": "0.39 EUR"} {
		if got := rules.Fees.Capture(merchant, ten); got.String() != want {
			t.Errorf("%s pays %s, want %s", merchant, got, want)
		}
	}
	if rules.PayoutAt == nil || *rules.PayoutAt != 6*time.Hour+15*time.Minute {
		t.Errorf("payouts are at %v", rules.PayoutAt)
	}
	f.PayoutAt = "off"
	if rules, err = f.check(clients); err != nil || rules.PayoutAt != nil {
		t.Errorf("off is %v, %v", rules.PayoutAt, err)
	}
}

func TestMoneyFlags_RefuseWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		flags moneyFlags
		want  string
	}{
		"no merchant":      {moneyFlags{Fees: []string{"1.4%+0.25"}, PayoutAt: "off"}, "--fee"},
		"no fee":           {moneyFlags{Fees: []string{"demo-shop"}, PayoutAt: "off"}, "such as 1.4%+0.25"},
		"percentage alone": {moneyFlags{Fees: []string{"demo-shop=1.4%"}, PayoutAt: "off"}, "--fee"},
		"negative":         {moneyFlags{Fees: []string{"demo-shop=-1%+0"}, PayoutAt: "off"}, "--fee"},
		"above all":        {moneyFlags{Fees: []string{"demo-shop=101%+0"}, PayoutAt: "off"}, "--fee"},
		"nobody":           {moneyFlags{Fees: []string{"nobody=1%+0"}, PayoutAt: "off"}, `no merchant "nobody"`},
		"an operator":      {moneyFlags{Fees: []string{"demo-operator=1%+0"}, PayoutAt: "off"}, "no merchant"},
		"twice":            {moneyFlags{Fees: []string{"demo-shop=1%+0", "demo-shop=2%+0"}, PayoutAt: "off"}, "already"},
		"midnight and one": {moneyFlags{PayoutAt: "24:01"}, "--payout-at"},
		"in words":         {moneyFlags{PayoutAt: "noon"}, "--payout-at"},
		"no time":          {moneyFlags{PayoutAt: ""}, "--payout-at"},
		"back in time":     {moneyFlags{PayoutAt: "off", PayoutTransit: -time.Second}, "--payout-transit"},
		"for weeks":        {moneyFlags{PayoutAt: "off", PayoutTransit: 8 * 24 * time.Hour}, "--payout-transit"},
	} {
		if _, err := c.flags.check(identity.Development()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s in it", name, err, c.want)
		}
	}
}

// The banks in the process deliver their files to a folder, if it is named.
func TestRun_BanksDeliverFiles(t *testing.T) {
	dir := t.TempDir()
	ready, end := embedded(t, "--banks-files", dir, "--no-shop")
	defer end()
	_, base, _ := strings.Cut(ready, "Dashboard")
	operator, err := client.New(client.Config{
		Base: strings.TrimSuffix(strings.Fields(base)[0], "/"), ID: identity.DemoOperator.ID, Secret: identity.DemoOperator.Secret,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer operator.Close()
	if err := operator.Settle(t.Context(), "SANDNL2A"); err != nil {
		t.Fatal(err)
	}
	for list := []client.Settlement(nil); len(list) == 0; {
		page, err := operator.Settlements(t.Context(), "", 1)
		if err != nil {
			t.Fatal(err)
		}
		list = page.Data
	}
	files, err := filepath.Glob(filepath.Join(dir, "SANDNL2A", "*-EUR-1.*"))
	// CSV, camt.053 as readers of today and of yesterday know it, camt.054.
	if err != nil || len(files) != 4 {
		t.Errorf("delivered were %v, %v; expected four files of one batch", files, err)
	}
}
