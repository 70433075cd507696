package terminal_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"sandbank/cmd/internal/terminal"
)

func TestPaint_ColorsTerminalsAlone(t *testing.T) {
	t.Setenv("TERM", "xterm")
	if got := terminal.For(&bytes.Buffer{}).Status("captured", "captured"); got != "captured" {
		t.Errorf("painted what goes into a pipe: %q", got)
	}
	for status, want := range map[string]string{"captured": "\x1b[32mx\x1b[0m", "declined": "\x1b[31mx\x1b[0m", "created": "\x1b[33mx\x1b[0m", "abandoned": "\x1b[2mx\x1b[0m", "unheard": "x"} {
		if got := terminal.Always().Status(status, "x"); got != want {
			t.Errorf("%s: want %q, got %q", status, want, got)
		}
	}
}

// line is a program with what completion has to know.
type line struct {
	CA     string `name:"ca" help:"Authorities."`
	Secret string `hidden:""`
	Pay    struct {
		List struct {
			Format string `enum:"text,json" default:"text" help:"It's \"how\"."`
			Quiet  bool   `help:"Nothing."`
		} `cmd:"" help:"List them."`
		Get struct{} `cmd:"" help:"Get one."`
	} `cmd:"" help:"Payments."`
	Completion terminal.Completion `cmd:"" help:"Completion."`
}

func script(t *testing.T, shell string) string {
	t.Helper()
	var out bytes.Buffer
	k, err := kong.New(&line{}, kong.Name("shop"), kong.Writers(&out, &out))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := k.Parse([]string{"completion", shell})
	if err == nil {
		err = parsed.Run()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Bash itself is asked what it offers.
func TestCompletion_OfBash(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatalf("bash is needed: %v", err)
	}
	for _, c := range []struct{ words, want string }{
		{"shop ''", "pay completion --help --ca"},
		{"shop pay ''", "list get --help --ca"},
		{"shop --ca x pay li", "list"},
		{"shop pay list --", "--help --ca --format --quiet"},
		{"shop pay list --format ''", "text json"},
		{"shop pay list --quiet --f", "--format"},
		{"shop pay list --ca ''", ""},
	} {
		ask := script(t, "bash") + "\nCOMP_WORDS=(" + c.words + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _shop_complete; echo \"${COMPREPLY[*]}\"\n"
		out, err := exec.CommandContext(t.Context(), bash, "--norc", "-c", ask).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != c.want {
			t.Errorf("%s: want %q, got %q %v", c.words, c.want, got, err)
		}
	}
}

func TestCompletion_OfOthers(t *testing.T) {
	if got := script(t, "zsh"); !strings.Contains(got, "bashcompinit") || !strings.Contains(got, "complete -o default -F _shop_complete shop") {
		t.Errorf("zsh: %s", got)
	}
	got := script(t, "fish")
	for _, want := range []string{
		`complete -c shop -n 'test "$(__shop_at)" = "pay"' -f -a list -d 'List them.'`,
		`complete -c shop -n 'test "$(__shop_at)" = "pay list"' -l format -x -a 'text json' -d 'It\'s "how".'`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("fish: want %s in\n%s", want, got)
		}
	}
	if strings.Contains(got, "secret") {
		t.Error("fish: a hidden flag is offered")
	}
}
