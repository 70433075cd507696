package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// The bill of this test's own program names what it was built from.
func TestWrite_NamesTheModules(t *testing.T) {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := write(&out, path); err != nil {
		t.Fatal(err)
	}
	var b bill
	if err := json.Unmarshal(out.Bytes(), &b); err != nil {
		t.Fatal(err)
	}
	if b.Format != "CycloneDX" || b.Spec != "1.6" || !strings.HasPrefix(b.Metadata.Component.Name, "sandbank/internal/sbom") || len(b.Components) == 0 {
		t.Fatalf("the bill: %s", out.String())
	}
	for _, c := range b.Components {
		if c.PURL != "pkg:golang/"+c.Name+"@"+c.Version || c.Version == "" || c.Ref == "" {
			t.Errorf("a component: %+v", c)
		}
	}
	if len(b.Dependencies) != 1 || len(b.Dependencies[0].On) != len(b.Components) {
		t.Errorf("the dependencies: %+v", b.Dependencies)
	}
	if write(&out, "main.go") == nil {
		t.Error("a file that is no program: expected an error")
	}
}
