package sequence_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"sandbank/scenario"
	"sandbank/scenario/sequence"
)

func TestStory_HasTheHopsAndTheTimeBetween(t *testing.T) {
	t.Parallel()
	lines := []scenario.Line{
		{From: "merchant", To: "processor", Text: "asks for <1.00> EUR → 202, created", About: "order"},
		{From: "expect", Text: "order is created"},
		{From: "time", Text: "time goes on by 1h"},
		{At: time.Hour, From: "processor", To: "merchant", Text: "webhook payment.captured → 500", About: "order"},
	}
	s := sequence.Story(lines, "2-")
	if len(s.Hops) != 2 || len(s.Lanes) != 2 || s.Lanes[1].Kind != "sandbank" {
		t.Fatalf("%+v", s)
	}
	first, last := s.Hops[0], s.Hops[1]
	if first.Title != "asks for <1.00> EUR" || first.Reply != "202, created" || first.Tone != "" || "step-"+first.ID != sequence.ID("2-", 0) {
		t.Errorf("the first hop is %+v", first)
	}
	if last.Kind != "webhook" || last.Tone != "bad" || last.At.Sub(s.Start) != time.Hour || last.Detail != "order" {
		t.Errorf("the last hop is %+v", last)
	}
	drawn := string(sequence.Draw(lines, "2-"))
	d := xml.NewDecoder(strings.NewReader("<x>" + drawn + "</x>"))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v in %s", err, drawn)
		}
	}
	if !strings.Contains(drawn, `href="#step-2-3"`) || !strings.Contains(drawn, "1 h") {
		t.Error(drawn)
	}
	if nothing := sequence.Draw(lines[1:3], ""); nothing != "" {
		t.Errorf("where nothing went anywhere it draws %s", nothing)
	}
}
