// Command sbom writes the bill of materials of a Go program: the modules that its binary says it was built from, as
// CycloneDX 1.6 in JSON (https://cyclonedx.org/docs/1.6/json/).
//
//	go run ./internal/sbom bin/processor > processor.cdx.json
package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: sbom PROGRAM")
		os.Exit(2)
	}
	if err := write(os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

type bill struct {
	Format       string      `json:"bomFormat"`
	Spec         string      `json:"specVersion"`
	Version      int         `json:"version"`
	Metadata     metadata    `json:"metadata"`
	Components   []component `json:"components"`
	Dependencies []depends   `json:"dependencies"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version,omitempty"`
	PURL       string     `json:"purl,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type depends struct {
	Ref string   `json:"ref"`
	On  []string `json:"dependsOn"`
}

// write writes the bill of a binary. Modules have the checksums of go.sum as properties.
func write(to io.Writer, path string) error {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return err
	}
	program := component{Type: "application", Ref: info.Path, Name: info.Path, Version: info.Main.Version, Properties: []property{{"go.version", info.GoVersion}}}
	for _, s := range info.Settings {
		if s.Key == "GOOS" || s.Key == "GOARCH" || s.Key == "CGO_ENABLED" || s.Key == "vcs.revision" {
			program.Properties = append(program.Properties, property{s.Key, s.Value})
		}
	}
	b := bill{Format: "CycloneDX", Spec: "1.6", Version: 1, Metadata: metadata{program}, Components: []component{}}
	on := []string{}
	for _, m := range append([]*debug.Module{{Path: "std", Version: info.GoVersion[len("go"):]}}, info.Deps...) {
		if m.Replace != nil {
			m = m.Replace
		}
		c := component{Type: "library", Name: m.Path, Version: m.Version, PURL: "pkg:golang/" + m.Path + "@" + m.Version}
		if c.Ref = c.PURL; m.Sum != "" {
			c.Properties = []property{{"go.sum", m.Sum}}
		}
		b.Components, on = append(b.Components, c), append(on, c.Ref)
	}
	b.Dependencies = []depends{{program.Ref, on}}
	out := json.NewEncoder(to)
	out.SetIndent("", "  ")
	return out.Encode(b)
}
