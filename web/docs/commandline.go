package docs

// CommandLineView is what the programs do from a shell.
type CommandLineView struct {
	Frame
	Create, Watch, Script, Steer, Completion, Health string // what one may copy
	Codes                                            []ExitCode
}

// ExitCode is an exit code of the programs, in words.
type ExitCode struct {
	Code int
	Says string
}

func commandLinePage(base string) CommandLineView {
	at := ""
	if base != "http://127.0.0.1:8080" {
		at = "export SANDBANK_URL=" + base + "\n"
	}
	return CommandLineView{
		Frame: Frame{Section: "command-line"},
		Create: at + `merchant payments create 19.99 EUR --reference order-1042
merchant payments pay pay_… --wait 30s
merchant payments get pay_…
merchant payments list --status captured --limit 5`,
		Watch: `merchant payments tail
merchant payments tail pay_… --until captured --timeout 1m
merchant logs pay_…
merchant events tail --after 0 --count 10
merchant events tail --events refund.succeeded --until refund.succeeded --timeout 1m`,
		Script: `PAYMENT=$(merchant payments create 19.99 EUR --format json | jq -r .id)
merchant payments pay "$PAYMENT" --card 4000000000000002 --wait 30s --format json | jq .reason`,
		Steer: `merchant trigger bank "$PAYMENT" declined --reason insufficient_funds
merchant clock advance 24h --format json
merchant fault begin broker_cut --for 10s
merchant reconcile --format json`,
		Completion: `source <(merchant completion bash)     # in ~/.bashrc; zsh likewise
merchant completion fish | source      # in ~/.config/fish/config.fish`,
		Health: "processor health --url " + base + " --wait 30s",
		Codes: []ExitCode{
			{0, "It is done, or what was waited for has come."},
			{1, "It failed, or the processor said no: the error says what to do. Of merchant run, check and payments tail: what was expected did not come."},
			{2, "The command or a flag is wrong. Program bank says so with 1."},
			{3, "A scenario's file has a mistake (merchant run)."},
			{4, "Something could not be run (merchant run and check)."},
			{5, "The time was over first (merchant run and check, and payments pay, payments tail and events tail with --wait or --timeout)."},
		},
	}
}
