package iso20022

import (
	"strings"
	"testing"
)

// The validator finds a violation: else every document would pass.
func TestCheck_FindsWhatIsNotValid(t *testing.T) {
	const document = `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>1</MsgId><CreDtTm>2026-03-14T12:00:00Z</CreDtTm></GrpHdr>` +
		`<Ntfctn><Id>1</Id><Acct><Id><Othr><Id>1</Id></Othr></Id></Acct></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>`
	for name, tc := range map[string]struct{ from, to, want string }{
		"as it should be":  {"", "", ""},
		"too long":         {"<MsgId>1<", "<MsgId>" + strings.Repeat("x", 36) + "<", "maximum length of '35'"},
		"not in its place": {"<MsgId>1</MsgId><CreDtTm>2026-03-14T12:00:00Z</CreDtTm>", "<CreDtTm>2026-03-14T12:00:00Z</CreDtTm><MsgId>1</MsgId>", "Expected is"},
		"another message":  {"camt.054.001.08", "camt.053.001.08", "No matching global declaration"},
		"not well formed":  {"</Document>", "", "Premature end"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := check(t.TempDir(), "camt.054.001.08", [][]byte{[]byte(strings.Replace(document, tc.from, tc.to, 1))})
			if err != nil {
				t.Fatal(err)
			}
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("%q does not say %q", got, tc.want)
			}
		})
	}
}
