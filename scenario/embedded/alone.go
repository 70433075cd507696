package embedded

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"sandbank/node"
	"sandbank/scenario"
	"sandbank/scenario/runner"
)

// Alone carries a scenario out that somebody else wrote, on a Sandbank that reaches nothing but itself: its
// calls go there, whatever URL they name, and its webhooks to the endpoint that is played for it. Watch is
// told of each line as it comes.
func Alone(ctx context.Context, s scenario.Scenario, watch func(scenario.Line)) scenario.Result {
	return runner.Run(ctx, s, openAlone, runner.Options{Watch: watch})
}

func openAlone(ctx context.Context, s scenario.Scenario) (runner.Stage, error) {
	_, stage, err := fenced(ctx, s)
	return stage, err
}

// fenced is a node that reaches nothing but itself, as a stage.
func fenced(ctx context.Context, s scenario.Scenario) (*node.Node, runner.Stage, error) {
	hooks, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, runner.Stage{}, err
	}
	n, err := Start(ctx, Config{Seed: s.Seed, Start: s.Start, More: func(c *node.Config) { c.HTTP.Receivers = only(hooks.Addr()) }})
	if err != nil {
		_ = hooks.Close()
		return nil, runner.Stage{}, err
	}
	stage := Stage(n)
	stage.Hooks, stage.Fenced = hooks, true
	return n, stage, nil
}

// only is a guard that lets one address pass.
func only(at net.Addr) func(netip.AddrPort) error {
	allowed, err := netip.ParseAddrPort(at.String())
	return func(to netip.AddrPort) error {
		if err != nil || to != allowed {
			return fmt.Errorf("%s is not the endpoint of this scenario, and webhooks of one that runs alone go nowhere else", to)
		}
		return nil
	}
}
