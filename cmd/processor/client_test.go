package main

import (
	"reflect"
	"strings"
	"testing"

	"sandbank/identity"
	"sandbank/secret"
)

const long = "long-enough-secret"

func TestClients_AreReadWithTheirRoles(t *testing.T) {
	shop := identity.Merchant{ID: "shop-a", Name: "Shop: A"}
	got, err := clientFlags{
		Clients: []secret.Text{"shop-a:" + long + ":Shop: A"},
		Readers: []secret.Text{"till:" + long + ":shop-a"},
		Staff:   []secret.Text{"op:" + long + ":operator", "au:" + long + ":auditor", "ad:" + long + ":administrator"},
	}.parse()
	want := []identity.Client{
		{ID: "shop-a", Secret: long, Merchant: shop, Role: identity.RoleMerchant},
		{ID: "till", Secret: long, Merchant: shop, Role: identity.RoleMerchantReader},
		{ID: "op", Secret: long, Role: identity.RoleOperator},
		{ID: "au", Secret: long, Role: identity.RoleAuditor},
		{ID: "ad", Secret: long, Role: identity.RoleAdministrator},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read clients with roles: want %+v, got %+v, %v", want, got, err)
	}
}

// Public credentials are there only while no client is configured.
func TestClients_DevelopmentOnesGoWithTheFirstClient(t *testing.T) {
	with, err := clientFlags{Staff: []secret.Text{"op:" + long + ":operator"}, Readers: []secret.Text{"r:" + long + ":other-shop"}}.parse()
	if err != nil || len(with) != len(identity.Development())+2 {
		t.Errorf("read people beside no client: want them beside the development clients, got %+v, %v", with, err)
	}
	without, err := clientFlags{Clients: []secret.Text{"shop-a:" + long + ":A"}}.parse()
	if err != nil || len(without) != 1 {
		t.Errorf("read one client: want it alone, got %+v, %v", without, err)
	}
}

func TestClients_EachFaultIsNamed(t *testing.T) {
	const hidden = "hunter2hunter2"
	for want, f := range map[string]clientFlags{
		"--client: write it as ID:SECRET:NAME":        {Clients: []secret.Text{"a:" + hidden}},
		"--reader: write it as ID:SECRET:MERCHANT":    {Readers: []secret.Text{"a:short:demo-shop"}},
		"--staff: write it as ID:SECRET:ROLE":         {Staff: []secret.Text{"a:" + hidden + ":"}},
		"--reader a: there is no merchant \"nobody\"": {Readers: []secret.Text{"a:" + hidden + ":nobody"}},
		"--staff a: the role is operator":             {Staff: []secret.Text{"a:" + hidden + ":bank"}},
		"--staff b: the role is operator":             {Staff: []secret.Text{"b:" + hidden + ":merchant"}},
		"--staff guest: the id is of letters":         {Staff: []secret.Text{"guest:" + hidden + ":operator"}},
		"demo-shop is given twice":                    {Staff: []secret.Text{"demo-shop:" + hidden + ":operator"}},
		"b is given twice":                            {Clients: []secret.Text{"b:" + hidden + ":B"}, Readers: []secret.Text{"b:" + hidden + ":b"}},
	} {
		if _, err := f.parse(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), hidden) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
