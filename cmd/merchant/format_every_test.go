package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"sandbank/web/docs"
)

// withoutFormat are the commands that print no result of their own, or one in a form of its own, with the reason.
var withoutFormat = map[string]string{
	"serve": "runs until it is ended", "token": "prints a token for a shell",
	"export": "writes a scenario file", "run": "has reports of its own: --junit, --html", "check": "has reports of its own: --junit, --json, --html", "completion": "writes a shell's script",
}

// Every command takes --format, or is known not to.
func TestCommands_TakeFormat(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&commandLine{}, kong.Vars{"version": ""})
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range parser.Model.Leaves(false) {
		name := strings.TrimPrefix(leaf.FullPath(), parser.Model.Name+" ")
		takes := slices.ContainsFunc(leaf.Flags, func(f *kong.Flag) bool { return f.Name == "format" })
		if _, without := withoutFormat[name]; takes == without {
			t.Errorf("merchant %s takes --format: %t", name, takes)
		}
	}
}

// The commands of the docs' recipes can be read.
func TestCommands_OfRecipesAreRead(t *testing.T) {
	t.Parallel()
	for _, command := range docs.RecipeCommands() {
		args := strings.Fields(strings.NewReplacer("$PAYMENT", "pay_1", "$EVENT", "evt_1", "'", "").Replace(command))
		if i := slices.IndexFunc(args, func(a string) bool { return strings.HasPrefix(a, "{") }); i >= 0 { // JSON is one argument
			args = append(args[:i], strings.Join(args[i:], " "))
		}
		parser, err := kong.New(&commandLine{}, kong.Vars{"version": ""})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(args); err != nil {
			t.Errorf("merchant %s: %v", command, err)
		}
	}
}
