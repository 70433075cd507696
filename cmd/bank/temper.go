package main

import (
	"errors"
	"fmt"
	"time"

	"sandbank/bank"
	"sandbank/broker/wire"
)

// temperFlags change how a single bank behaves. Flags that are not given change
// nothing.
type temperFlags struct {
	MinDelay    *time.Duration `help:"Of one bank: the least it takes to answer."`
	MaxDelay    *time.Duration `help:"Of one bank: the most it takes to answer."`
	Declines    *float64       `help:"Of one bank: share of payments it declines, 0 to 1."`
	Challenges  *float64       `help:"Of one bank: share of customers it asks to confirm."`
	Silent      *float64       `help:"Of one bank: share of requests it never answers."`
	Twice       *float64       `help:"Of one bank: share of answers it sends twice."`
	Reorders    *float64       `help:"Of one bank: share of answers it holds back behind later ones."`
	WrongAmount *float64       `help:"Of one bank: share of answers with another amount."`
	CutOff      string         `placeholder:"HH:MM" help:"Of one bank: when it settles each day, UTC. Default: 23:00."`
	AmountRules bool           `help:"Of one bank: the last two digits of an amount are a response code of ISO 8583."`
}

// over changes the bank, if there is one and something to change.
func (f temperFlags) over(list []bank.Temper) error {
	if f == (temperFlags{}) {
		return nil
	}
	if len(list) != 1 {
		return errors.New("--min-delay, --declines and the like are for one bank: name it with --banks, or write a --config")
	}
	w := wire.Temper{
		MinDelayMS: milliseconds(f.MinDelay), MaxDelayMS: milliseconds(f.MaxDelay), Declines: f.Declines, Challenges: f.Challenges,
		Silent: f.Silent, Twice: f.Twice, Reorders: f.Reorders, WrongAmount: f.WrongAmount,
	}
	if err := w.Check(); err != nil {
		return fmt.Errorf("flags of the bank: %w", err)
	}
	if f.MinDelay != nil && f.MaxDelay != nil && *f.MinDelay > *f.MaxDelay {
		return fmt.Errorf("--min-delay %s: is more than --max-delay %s", *f.MinDelay, *f.MaxDelay)
	}
	t := &list[0]
	*t = t.Under(w)
	t.AmountRules = t.AmountRules || f.AmountRules
	if f.CutOff != "" {
		of, err := time.Parse("15:04", f.CutOff)
		if err != nil {
			return fmt.Errorf("--cut-off %q: write it as a time of day, such as 23:00", f.CutOff)
		}
		at := time.Duration(of.Hour())*time.Hour + time.Duration(of.Minute())*time.Minute
		t.CutOff = &at
	}
	return nil
}

func milliseconds(d *time.Duration) *int64 {
	if d == nil {
		return nil
	}
	ms := d.Milliseconds()
	return &ms
}
