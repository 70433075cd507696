package main

import (
	"slices"
	"strings"
	"testing"

	"sandbank/secret"
)

func TestEntries_AreCutWhereOneBegins(t *testing.T) {
	for text, want := range map[string][]string{
		"a:" + long + ":Shop, Inc":                    {"a:" + long + ":Shop, Inc"},
		"a:" + long + ":Smith,Jones":                  {"a:" + long + ":Smith,Jones"},
		"a:" + long + ":A,b:" + long + ":B":           {"a:" + long + ":A", "b:" + long + ":B"},
		"a:" + long + ":A, B,b:" + long + ":B,C":      {"a:" + long + ":A, B", "b:" + long + ":B,C"},
		"ann:pass,word-of-ann:operator":               {"ann:pass,word-of-ann:operator"},
		"ann:pass,word:of-ann:operator,bob:x:auditor": {"ann:pass,word:of-ann:operator", "bob:x:auditor"},
		"app:https://app.example/cb?a=1,2":            {"app:https://app.example/cb?a=1,2"},
		"":                                            {""},
	} {
		if got := entries([]string{text}); !slices.Equal(got, want) {
			t.Errorf("%q is %q, not %q", text, got, want)
		}
	}
}

// Nothing of a secret or a name is cut in silence.
func TestClients_KeepColonsAndCommas(t *testing.T) {
	for text, want := range map[string][2]string{
		`a:secret\:with\:colons:Acme`:  {"secret:with:colons", "Acme"},
		`a:back\slash-secret:Acme`:     {`back\slash-secret`, "Acme"},
		`a:` + long + `:Acme, Inc`:     {long, "Acme, Inc"},
		`a:` + long + `:Shop: A`:       {long, "Shop: A"},
		`a:` + long + `:Shop\:A`:       {long, "Shop:A"},
		`a:se,cret-of-twelve:Acme,Inc`: {"se,cret-of-twelve", "Acme,Inc"},
	} {
		got, err := clientFlags{Clients: []secret.Text{secret.Text(text)}}.parse()
		if err != nil || len(got) != 1 || got[0].Secret.Reveal() != want[0] || got[0].Merchant.Name != want[1] {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
	_, err := clientFlags{Clients: []secret.Text{"a:secret-with:a-colon-in-it:Acme"}}.parse()
	if err == nil || !strings.Contains(err.Error(), `as \:`) || strings.Contains(err.Error(), "colon-in-it") {
		t.Errorf("a colon too many: %v", err)
	}
}
