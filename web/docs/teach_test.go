package docs_test

import (
	"testing"

	"sandbank/scenario"
	"sandbank/scenario/embedded"
	"sandbank/scenario/runner"
	"sandbank/web/docs"
)

// The lesson on the page can be read, has its scenes, and holds.
func TestTeach_TheLessonRuns(t *testing.T) {
	t.Parallel()
	list, err := scenario.Read("card.yaml", func(string) ([]byte, error) { return []byte(docs.OwnLesson), nil })
	if err != nil {
		t.Fatal(err)
	}
	if scenes := list[0].Scenes(); len(scenes) != 2 || scenes[1].Ask == nil || scenes[0].Notes == "" {
		t.Errorf("its scenes are %+v", scenes)
	}
	if r := runner.Run(t.Context(), list[0], embedded.Open, runner.Options{}); r.Outcome != scenario.Held {
		t.Errorf("it comes to %s: %+v, %v", r.Outcome, r.Failure, r.Err)
	}
}
