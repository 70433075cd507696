package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// logsCommand tells what happened to payments, as staff may know it.
type logsCommand struct {
	staff
	formatFlag
	Payment string `arg:"" optional:"" placeholder:"PAYMENT" help:"Tell of this payment alone. Default: of all."`
}

// Help is shown by logs --help.
func (*logsCommand) Help() string {
	return `One line for each thing that happened, oldest first, in simulated time: what a bank was asked and answered, and by which rule, what was booked, which events came of it, and each try of a webhook. "merchant payments tail" and "merchant events tail" follow what happens from now on.`
}

// logLine is a line of the processor's transcript.
type logLine struct {
	At       time.Time      `json:"at"`
	What     string         `json:"what"`
	ID       string         `json:"id"`
	Of       string         `json:"of"`
	Merchant string         `json:"merchant"`
	Bank     string         `json:"bank"`
	Rule     string         `json:"rule"`
	Note     string         `json:"note"`
	Body     map[string]any `json:"body"`
}

// Run prints the lines.
func (c *logsCommand) Run(ctx context.Context, to output) error {
	from, err := c.open()
	if err != nil {
		return err
	}
	defer from.Close()
	transcript, err := from.Transcript(ctx)
	if err != nil {
		return err
	}
	mine := map[string]bool{c.Payment: true} // what belongs to the payment, and what belongs to that
	found := false
	var rows [][]string
	for raw := range bytes.Lines(transcript) {
		var l logLine
		if err := json.Unmarshal(raw, &l); err != nil {
			return fmt.Errorf("the processor's transcript has a line that is no JSON: %w", err)
		}
		if c.Payment != "" {
			if mine[l.ID] = mine[l.ID] || mine[l.Of]; !mine[l.ID] {
				continue
			}
		}
		found = true
		if !c.json() {
			rows = append(rows, l.row())
		} else if err := printRaw(to.out, raw); err != nil {
			return err
		}
	}
	switch {
	case !found && c.Payment != "":
		return fmt.Errorf("nothing is known of the payment %q; \"merchant payments list\" shows those that there are", c.Payment)
	case c.json():
		return nil
	case !found:
		_, err := fmt.Fprintln(to.out, "Nothing has happened yet.")
		return err
	}
	return printTable(to.out, append([][]string{{"SIMULATED TIME", "WHAT", "ID", "DETAILS"}}, rows...), nil)
}

// row is the line for people.
func (l logLine) row() []string {
	details := []string{l.Merchant, l.Bank, l.told(), l.Note}
	switch {
	case l.Rule == "":
	case l.What == "answer":
		details = append(details, l.Rule) // what became of the bank's word
	default:
		details = append(details, "rule: "+l.Rule)
	}
	said := details[:0]
	for _, d := range details {
		if d != "" {
			said = append(said, d)
		}
	}
	return []string{l.At.Format("2006-01-02 15:04:05.000"), l.What, l.ID, strings.Join(said, " · ")}
}

// told is what a person wants to know of the line's body: what became of it, how much, and what it is about.
func (l logLine) told() string {
	var said []string
	for _, name := range []string{"type", "kind", "status", "outcome", "number", "code", "amount", "reason", "reference"} {
		switch v := l.Body[name].(type) {
		case nil:
		case map[string]any: // an amount, or a reason
			if v["value"] != nil {
				said = append(said, fmt.Sprint(v["value"], " ", v["currency"]))
			} else if v["code"] != nil {
				said = append(said, fmt.Sprint(v["code"]))
			}
		case float64, bool:
			said = append(said, name+" "+fmt.Sprint(v))
		default:
			said = append(said, fmt.Sprint(v))
		}
	}
	return strings.Join(said, " ")
}
