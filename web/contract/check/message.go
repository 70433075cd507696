package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sandbank/web/contract"
)

const asyncURL = "sandbank:asyncapi.json"

// messages are the schemas of the bodies of asyncapi.yaml, by message name.
var messages = sync.OnceValue(func() map[string]*jsonschema.Schema {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(closed(contract.AsyncAPI().JSON)))
	if err != nil {
		panic("contract/check: asyncapi.yaml: " + err.Error())
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7) // AsyncAPI's own dialect is made from it
	c.AssertFormat()
	if err := c.AddResource(asyncURL, doc); err != nil {
		panic("contract/check: asyncapi.yaml: " + err.Error())
	}
	all := map[string]*jsonschema.Schema{}
	for _, name := range names(doc, "components", "messages") {
		all[name] = c.MustCompile(asyncURL + "#/components/messages/" + name + "/payload")
	}
	return all
})

// names lists the members of the object at a path, in order.
func names(doc any, path ...string) []string {
	for _, step := range path {
		doc = doc.(map[string]any)[step]
	}
	var list []string
	for name := range doc.(map[string]any) {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// Messages lists the names of the messages that [CheckMessage] knows.
func Messages() []string {
	var list []string
	for name := range messages() {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// maxBody is the bound that asyncapi.yaml states, in bytes.
const maxBody = 64 << 10

// maxSettlement is the bound of a settlement.
const maxSettlement = 4 << 20

func bound(message string) int {
	if message == "settlement" {
		return maxSettlement
	}
	return maxBody
}

// CheckMessage complains about an AMQP body that is not a message of the
// contract: "authorize", "reverse", "result", "health" or "event".
func CheckMessage(name string, body []byte) error {
	schema, ok := messages()[name]
	switch {
	case !ok:
		return fmt.Errorf("there is no message %q; there are %s", name, strings.Join(Messages(), ", "))
	case len(body) > bound(name):
		return fmt.Errorf("%s: the body has %d bytes; %d are allowed", name, len(body), bound(name))
	case !json.Valid(body):
		return fmt.Errorf("%s: the body is not JSON", name)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := schema.Validate(value); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, body)
	}
	return nil
}

// CheckEvent complains about a body, of any channel, that is not an event of
// the contract.
func CheckEvent(body []byte) error { return CheckMessage("event", body) }
