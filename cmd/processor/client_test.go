package main

import (
	"reflect"
	"strings"
	"testing"

	"sandbank/identity"
)

const long = "long-enough-secret"

func TestClients_AreReadWithTheirRoles(t *testing.T) {
	shop := identity.Merchant{ID: "shop-a", Name: "Shop: A"}
	got, err := clientFlags{
		Clients: []string{"shop-a:" + long + ":Shop: A"},
		Readers: []string{"till:" + long + ":shop-a"},
		Staff:   []string{"op:" + long + ":operator", "au:" + long + ":auditor", "ad:" + long + ":administrator"},
	}.parse()
	want := []identity.Client{
		{ID: "shop-a", Secret: long, Merchant: shop, Role: identity.RoleMerchant},
		{ID: "till", Secret: long, Merchant: shop, Role: identity.RoleMerchantReader},
		{ID: "op", Secret: long, Role: identity.RoleOperator},
		{ID: "au", Secret: long, Role: identity.RoleAuditor},
		{ID: "ad", Secret: long, Role: identity.RoleAdministrator},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// Public credentials are there only while nobody said who the clients are.
func TestClients_DevelopmentOnesGoWithTheFirstClient(t *testing.T) {
	with, err := clientFlags{Staff: []string{"op:" + long + ":operator"}, Readers: []string{"r:" + long + ":other-shop"}}.parse()
	if err != nil || len(with) != len(identity.Development())+2 {
		t.Errorf("%+v, %v", with, err)
	}
	without, err := clientFlags{Clients: []string{"shop-a:" + long + ":A"}}.parse()
	if err != nil || len(without) != 1 {
		t.Errorf("%+v, %v", without, err)
	}
}

func TestClients_EachFaultIsNamed(t *testing.T) {
	const hidden = "hunter2hunter2"
	for want, f := range map[string]clientFlags{
		"--client: write it as ID:SECRET:NAME":        {Clients: []string{"a:" + hidden}},
		"--reader: write it as ID:SECRET:MERCHANT":    {Readers: []string{"a:short:demo-shop"}},
		"--staff: write it as ID:SECRET:ROLE":         {Staff: []string{"a:" + hidden + ":"}},
		"--reader a: there is no merchant \"nobody\"": {Readers: []string{"a:" + hidden + ":nobody"}},
		"--staff a: the role is operator":             {Staff: []string{"a:" + hidden + ":bank"}},
		"--staff b: the role is operator":             {Staff: []string{"b:" + hidden + ":merchant"}},
		"--staff guest: the id is of letters":         {Staff: []string{"guest:" + hidden + ":operator"}},
		"demo-shop is given twice":                    {Staff: []string{"demo-shop:" + hidden + ":operator"}},
		"b is given twice":                            {Clients: []string{"b:" + hidden + ":B"}, Readers: []string{"b:" + hidden + ":b"}},
	} {
		if _, err := f.parse(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), hidden) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
