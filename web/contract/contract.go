// Package contract holds what Sandbank promises to the outside, in the words of
// the standards: openapi.yaml for HTTP, asyncapi.yaml for AMQP, the schemas that
// both share, the list of problems, and banks.yaml for the file that says how
// banks behave. It serves them; it knows no code that keeps them. That they are kept is the business of the tests in contract/check,
// which hold types, routes, constants and a running processor to these files.
//
//	openapi.yaml ──┐                       ┌─▶ /openapi.yaml   /openapi.json
//	               ├─ + schemas.yaml, once ┤
//	asyncapi.yaml ─┘                       └─▶ /asyncapi.yaml  /asyncapi.json
//	banks.yaml ──────────────────────────────▶ /banks.schema.json
//	scenarios.yaml ──────────────────────────▶ /scenarios.schema.json
//
// Each document is made whole on first use and kept.
package contract

import (
	"bytes"
	_ "embed" // the descriptions
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed openapi.yaml
var openapiSource []byte

//go:embed asyncapi.yaml
var asyncapiSource []byte

//go:embed banks.yaml
var banksSource []byte

//go:embed scenarios.yaml
var scenariosSource []byte

//go:embed schemas.yaml
var schemasSource []byte

// Document is one description in its two spellings.
type Document struct {
	YAML []byte
	JSON []byte // the members in the order of the YAML
}

// OpenAPI is the HTTP contract, whole. The bytes are not to be changed.
var OpenAPI = sync.OnceValue(func() Document { return whole(openapiSource) })

// AsyncAPI is the AMQP contract, whole. The bytes are not to be changed.
var AsyncAPI = sync.OnceValue(func() Document { return whole(asyncapiSource) })

// BanksFile is the schema of a file of banks. The bytes are not to be changed.
var BanksFile = sync.OnceValue(func() Document { return spelled(banksSource) })

// ScenariosFile is the schema of a file of a scenario. The bytes are not to be changed.
var ScenariosFile = sync.OnceValue(func() Document { return spelled(scenariosSource) })

// whole puts the shared schemas in: the source ends with components.schemas, so
// they are indented by as much and appended, and all references made local.
func whole(source []byte) Document {
	const local = `$ref: "#/components/schemas/`
	doc := bytes.ReplaceAll(source, []byte(`$ref: "schemas.yaml#/`), []byte(local))
	shared := bytes.ReplaceAll(schemasSource, []byte(`$ref: "#/`), []byte(local))
	var out bytes.Buffer
	out.Write(doc)
	for line := range bytes.Lines(shared) {
		if len(bytes.TrimSpace(line)) > 0 {
			out.WriteString("    ")
		}
		out.Write(line)
	}
	return spelled(out.Bytes())
}

func spelled(source []byte) Document {
	asJSON, err := yaml.YAMLToJSON(source)
	if err != nil {
		panic("contract: " + err.Error()) // the files are part of the program
	}
	return Document{YAML: source, JSON: bytes.TrimSpace(asJSON)}
}
