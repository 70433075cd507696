package terminal

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// Completion is the command that prints what a shell needs to complete the program's commands and flags.
type Completion struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is shown by completion --help.
func (*Completion) Help() string {
	return `For the shell at hand, of the program NAME:

  bash   source <(NAME completion bash)
  zsh    source <(NAME completion zsh)
  fish   NAME completion fish | source

The same line in ~/.bashrc, ~/.zshrc or ~/.config/fish/config.fish does it for good.`
}

// Run prints the completion.
func (c *Completion) Run(k *kong.Context) error { return Complete(k.Stdout, k.Model, c.Shell) }

// Complete writes a program's completion for a shell: bash, zsh or fish. It is made of the program's
// commands and flags, so that it never lacks one.
func Complete(out io.Writer, program *kong.Application, shell string) error {
	places := placesOf(program.Node, "", nil)
	var text string
	switch shell {
	case "bash":
		text = bash(program.Name, places)
	case "zsh":
		text = "autoload -U +X compinit && (( $+functions[compdef] )) || compinit\nautoload -U +X bashcompinit && bashcompinit\n" + bash(program.Name, places)
	case "fish":
		text = fish(program.Name, places)
	default:
		return fmt.Errorf("no completion is known for %q: name bash, zsh or fish", shell)
	}
	_, err := io.WriteString(out, text)
	return err
}

// place is one command, with what may follow it.
type place struct {
	path     string // "payments list"; "" for the program itself
	commands []word
	flags    []word
}

// word is a command or a flag.
type word struct {
	name, help string
	values     string // those that a flag takes, a space between; "" for any
	bare       bool   // the flag takes no value
}

// placesOf lists a command and those below it, with the flags of those above.
func placesOf(n *kong.Node, path string, above []word) (list []place) {
	flags := append(above[:len(above):len(above)], flagsOf(n)...)
	here := place{path: path, flags: flags}
	if n.DefaultCmd != nil {
		here.flags = append(flags[:len(flags):len(flags)], flagsOf(n.DefaultCmd)...)
	}
	for _, child := range n.Children {
		if child.Hidden || child.Type != kong.CommandNode {
			continue
		}
		here.commands = append(here.commands, word{name: child.Name, help: child.Help})
		list = append(list, placesOf(child, strings.TrimSpace(path+" "+child.Name), flags)...)
	}
	return append([]place{here}, list...)
}

func flagsOf(n *kong.Node) (list []word) {
	for _, f := range n.Flags {
		if !f.Hidden {
			list = append(list, word{name: f.Name, help: f.Help, values: strings.ReplaceAll(f.Enum, ",", " "), bare: f.IsBool()})
		}
	}
	return list
}

// bash is a function that finds out at which command the line is, and offers what may follow; files where
// that is nothing. Zsh runs it as well.
func bash(name string, places []place) string {
	var paths, offers, values strings.Builder
	for _, p := range places {
		if p.path != "" {
			fmt.Fprintf(&paths, "      %q) at=$next ;;\n", p.path)
		}
		var words []string
		for _, c := range p.commands {
			words = append(words, c.name)
		}
		for _, f := range p.flags {
			words = append(words, "--"+f.name)
			if !f.bare {
				fmt.Fprintf(&values, "    %q) offered=%q ;;\n", p.path+":--"+f.name, f.values)
			}
		}
		fmt.Fprintf(&offers, "    %q) offered=%q ;;\n", p.path, strings.Join(words, " "))
	}
	return fmt.Sprintf(`_%[1]s_complete() {
  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" at="" next="" offered="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="${at:+$at }${COMP_WORDS[i]}"
    case "$next" in
%[2]s    esac
  done
  case "$at" in
%[3]s  esac
  case "$at:$prev" in
%[4]s  esac
  COMPREPLY=($(compgen -W "$offered" -- "$cur"))
}
complete -o default -F _%[1]s_complete %[1]s
`, name, paths.String(), offers.String(), values.String())
}

// fish is a function that says at which command the line is, and what may follow at each.
func fish(name string, places []place) string {
	var paths []string
	var offers strings.Builder
	for _, p := range places {
		if p.path != "" {
			paths = append(paths, fishQuoted(p.path))
		}
		at := fmt.Sprintf("complete -c %s -n %s", name, fishQuoted(fmt.Sprintf(`test "$(__%s_at)" = %q`, name, p.path)))
		for _, c := range p.commands {
			fmt.Fprintf(&offers, "%s -f -a %s -d %s\n", at, c.name, fishQuoted(c.help))
		}
		for _, f := range p.flags {
			more := ""
			switch {
			case f.values != "":
				more = " -x -a " + fishQuoted(f.values)
			case !f.bare:
				more = " -r"
			}
			fmt.Fprintf(&offers, "%s -l %s%s -d %s\n", at, f.name, more, fishQuoted(f.help))
		}
	}
	return fmt.Sprintf(`function __%[1]s_at
  set -l at
  for word in (commandline -opc)[2..-1]
    if contains -- (string join -- ' ' $at $word) %[2]s
      set at $at $word
    end
  end
  string join ' ' $at
end
%[3]s`, name, strings.Join(paths, " "), offers.String())
}

func fishQuoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}
