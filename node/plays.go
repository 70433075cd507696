package node

import (
	"sandbank/chance"
	"sandbank/node/lifecycle"
	"sandbank/scenario/run"
)

// openPlays makes the board of scenarios that people have carried out. They end with the life.
func (n *life) openPlays() *run.Board {
	c := n.config
	n.plays = run.New(run.Config{Play: c.Play, Clock: c.Clock, Chance: chance.Crypto(), AtOnce: c.Plays})
	n.parts.Add(lifecycle.Part{Name: "scenario runs", Stop: n.plays.Close})
	return n.plays
}
