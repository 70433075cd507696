package scenario_test

import (
	"testing"

	"sandbank/scenario"
)

func TestScenes_BeginAtEachStory(t *testing.T) {
	t.Parallel()
	body := `name: N
steps:
  - create: {amount: 1.00 EUR}
  - advance: 1s
    story: one
    notes: for the speaker
  - advance: 2s
  - repeat: {times: 2, steps: [{advance: 3s}]}
    story: two
    ask: {question: Why?, choices: [so, no], answer: so}
  - expect: {status: created}
`
	list, err := scenario.Read("f", files(map[string]string{"f": body}))
	if err != nil {
		t.Fatal(err)
	}
	got := list[0].Scenes()
	if len(got) != 2 {
		t.Fatalf("%d scenes, expected 2: %+v", len(got), got)
	}
	if s := got[0]; s.Story != "one" || s.Notes != "for the speaker" || s.Ask != nil || s.From != 0 || s.Until != 3 {
		t.Errorf("the first scene is %+v", s)
	}
	if s := got[1]; s.Story != "two" || s.Ask == nil || s.Ask.Answer != "so" || len(s.Ask.Choices) != 2 || s.From != 3 || s.Until != 6 {
		t.Errorf("the second scene is %+v", s)
	}
}
