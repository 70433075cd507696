package check

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"sandbank/bank"
	"sandbank/broker/wire"
	"sandbank/web/contract"
)

// banksFile is the schema, and what validates by it.
func banksFile(t *testing.T) (map[string]any, *jsonschema.Schema) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(contract.BanksFile().JSON))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("banks.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("banks.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return doc.(map[string]any), schema
}

// fits reports the schema's complaints about a file.
func fits(schema *jsonschema.Schema, body []byte) error {
	asJSON, err := yaml.YAMLToJSON(body)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func TestBanksFile_TheExampleFits(t *testing.T) {
	t.Parallel()
	_, schema := banksFile(t)
	body, err := os.ReadFile("../../../examples/banks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := fits(schema, body); err != nil {
		t.Error(err)
	}
	if !strings.Contains(string(body), "$schema=http://127.0.0.1:8080/banks.schema.json") {
		t.Error("it does not say where its schema is")
	}
}

// places are all mappings of a file: how one is written there, and the schema's.
var places = map[string]struct {
	written string
	schema  []string
}{
	"":                 {"%s", nil},
	"bank":             {"banks: [{identifier: SANDNL2A, %s}]", []string{"$defs", "bank"}},
	"delay":            {"banks: [{identifier: SANDNL2A, delay: {max: 100h, %s}}]", []string{"$defs", "bank", "properties", "delay"}},
	"tail":             {"banks: [{identifier: SANDNL2A, delay: {tail: {%s}}}]", []string{"$defs", "bank", "properties", "delay", "properties", "tail"}},
	"disputes":         {"banks: [{identifier: SANDNL2A, disputes: {%s}}]", []string{"$defs", "bank", "properties", "disputes"}},
	"an outage":        {"banks: [{identifier: SANDNL2A, outages: [{until: \"03:33\", %s}]}]", []string{"$defs", "bank", "properties", "outages", "items", "anyOf", "0"}},
	"a single outage":  {"banks: [{identifier: SANDNL2A, outages: [{for: 1h, %s}]}]", []string{"$defs", "bank", "properties", "outages", "items", "anyOf", "1"}},
	"an account":       {"banks: [{identifier: SANDNL2A, accounts: [{id: a, holder: b, brand: c, last4: \"4242\", %s}]}]", []string{"$defs", "bank", "properties", "accounts", "items"}},
	"of another bank":  {"banks: [{identifier: NEWBNL2A, name: a, behavior: b, currencies: [EUR], %s}]", []string{"$defs", "bank"}},
	"of a second bank": {"banks: [{identifier: SLOWDE2A}, {identifier: SANDNL2A, %s}]", []string{"$defs", "bank"}},
}

// keys are those that the schema has at a place.
func keys(t *testing.T, doc any, path []string) []string {
	t.Helper()
	for _, step := range path {
		if list, ok := doc.([]any); ok {
			doc = list[step[0]-'0']
			continue
		}
		doc = at(t, doc, step)
	}
	return slices.Sorted(maps.Keys(doc.(map[string]any)["properties"].(map[string]any)))
}

// The reader lists its keys where it meets one that is none; they are the schema's,
// at every place.
func TestBanksFile_HasTheReadersKeys(t *testing.T) {
	t.Parallel()
	doc, schema := banksFile(t)
	visited := 0
	for name, place := range places {
		want := keys(t, doc, place.schema)
		visited += len(want)
		body := []byte(fmt.Sprintf(place.written, "nothing: 1"))
		_, err := bank.Read("f", body)
		if err == nil {
			t.Fatalf("%s: the reader knows every key", name)
		}
		_, listed, ok := strings.Cut(err.Error(), "nothing: is not a key; the keys here are ")
		listed, _, _ = strings.Cut(listed, "\n")
		if got := strings.Split(listed, ", "); !ok || !slices.Equal(got, want) {
			t.Errorf("%s: the reader has %v, the schema %v", name, got, want)
		}
		if fits(schema, body) == nil {
			t.Errorf("%s: the schema takes a key that is none", name)
		}
	}
	described := 0
	each(tree(t, contract.BanksFile()), "", func(path string, object map[string]any) {
		if members, ok := object["properties"].(map[string]any); ok && !strings.HasSuffix(path, "/if") {
			described += len(members)
		}
	})
	if twice := 2 * len(keys(t, doc, places["bank"].schema)); visited != described+twice {
		t.Errorf("the schema has %d keys, and %d were looked at", described, visited-twice)
	}
}

// probes are values of every sort; each is tried at every key.
var probes = []string{
	"null", "true", "false", "0", "1", "7", "-1", "0.5", "1.5", "1000", "9999", "1000000", "1000001", `""`, "x", "abcd", `"0"`, `"4242"`, `"5s"`, "5s", "300ms", "1h30m", "1.5h",
	"-5s", "5", `"23:00"`, "23:00", `"7:30"`, `"24:00"`, `"23:60"`, `"23:0"`, "SANDNL2A", "sandnl2a", "NEWBNL2AXXX", "open", "blocked", "closed", "lost", "missing", "10.25",
	`"10.25"`, `"10.12345"`, `"-1"`, "[]", "{}", "[EUR]", "[EUR, x]", "[7]", "[null]", "[missing, twice]", "[lost]", "[{}]", "{min: 1s}", "{min: 1}", "{tail: {share: 1}}",
	"{tail: {}}", "{share: 0.5, delay: 5s}", "{share: 2}", "{after: 5s}", "{after: never}", `[{from: "01:00", until: "02:00"}]`, `[{from: "02:00"}]`, "[{for: 1h}]",
	"[{after: 1h}]", `[{from: "01:00", for: 1h}]`, "[{id: a}]", `[{id: a, holder: b, brand: c, last4: "0005"}]`, `[{id: a, holder: b, brand: c, last4: "005"}]`,
	"[{identifier: SANDNL2A}]", "[{identifier: NEWBNL2A}]", "[{name: a}]", strings.Repeat("n", 50), strings.Repeat("n", 51), strings.Repeat("n", 100), strings.Repeat("n", 101),
	strings.Repeat("n", 500), strings.Repeat("n", 501),
}

// beyond are complaints that are not about the shape of a value.
var beyond = []string{"min is more than max", "is there twice", "is no active ISO 4217 code", "must last"}

// With any value at any key, the schema takes a file if the reader does, and
// refuses it if the reader refuses its shape.
func TestBanksFile_JudgesValuesAsTheReaderDoes(t *testing.T) {
	t.Parallel()
	doc, schema := banksFile(t)
	var both [2]int
	for name, place := range places {
		for _, key := range keys(t, doc, place.schema) {
			for _, value := range probes {
				// The place has the key already, and keys may not repeat: leave it out.
				written := replaced(place.written, key)
				body := fmt.Sprintf(written, key+": "+value)
				_, err := bank.Read("f", []byte(body))
				if err != nil && slices.ContainsFunc(beyond, func(w string) bool { return strings.Contains(err.Error(), w) }) {
					continue
				}
				said := fits(schema, []byte(body))
				if (said == nil) != (err == nil) {
					t.Errorf("%s: %s\nthe reader: %v\nthe schema: %v", name, body, err, said)
				}
				if err == nil {
					both[0]++
				} else {
					both[1]++
				}
			}
		}
	}
	for _, body := range []string{"{}", "[]", "7", "x", "null", "banks:", "banks: []", "banks: {}"} {
		_, err := bank.Read("f", []byte(body))
		if said := fits(schema, []byte(body)); (said == nil) != (err == nil) {
			t.Errorf("%s\nthe reader: %v\nthe schema: %v", body, err, said)
		}
	}
	if both[0] < 300 || both[1] < 1000 {
		t.Errorf("%d files were taken and %d refused: too few of one", both[0], both[1])
	}
}

// replaced takes a key that a place has already out of it.
func replaced(written, key string) string {
	for _, has := range []string{
		"identifier: SANDNL2A, ", "identifier: NEWBNL2A, ", "name: a, ", "behavior: b, ", "currencies: [EUR], ", "max: 100h, ", "until: \"03:33\", ", "for: 1h, ",
		"id: a, ", "holder: b, ", "brand: c, ", "last4: \"4242\", ",
	} {
		if strings.HasPrefix(has, key+":") {
			written = strings.Replace(written, has+"%s", "%s", 1)
			written = strings.Replace(written, has, "", strings.Count(written, "%s"))
		}
	}
	return written
}

// The schema's lists are the code's.
func TestBanksFile_ListsTheSevenAndTheBreaks(t *testing.T) {
	t.Parallel()
	doc := tree(t, contract.BanksFile())
	var seven, kinds []string
	for _, b := range bank.Seven() {
		seven = append(seven, b.Identifier)
	}
	for _, k := range wire.BreakKinds() {
		kinds = append(kinds, string(k))
	}
	if got := stringsOf(at(t, doc, "$defs", "bank", "if", "properties", "identifier", "enum")); !slices.Equal(got, seven) {
		t.Errorf("the seven are %v, the schema has %v", seven, got)
	}
	if got := stringsOf(at(t, doc, "$defs", "bank", "properties", "plants", "items", "enum")); !slices.Equal(got, kinds) {
		t.Errorf("the breaks are %v, the schema has %v", kinds, got)
	}
}
