package node

import (
	"cmp"
	"runtime"
	"runtime/debug"
)

// Version is that of the program, as its build stamped it: a tag of the repository, or the commit.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return cmp.Or(info.Main.Version, "unknown")
}

// VersionLine is what a program's --version prints.
func VersionLine(program string) string {
	return program + " " + Version() + " (" + runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH + ")"
}
