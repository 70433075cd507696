// Package scenarios is the library of scenarios that ships with Sandbank, as files, which are part of
// the programs as well.
package scenarios

import (
	"embed"
	"io/fs"
)

//go:embed *.yaml
var files embed.FS

// Files has all of them, in one folder.
func Files() fs.FS { return files }
