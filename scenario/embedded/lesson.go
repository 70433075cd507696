package embedded

import (
	"context"
	"time"

	"sandbank/node"
	"sandbank/scenario"
	"sandbank/scenario/lesson"
	"sandbank/scenario/runner"
	"sandbank/web/sequence"
)

// Lesson gives a lesson, on a Sandbank that reaches nothing but itself. It is a [lesson.Player].
func Lesson(ctx context.Context, s scenario.Scenario, at func(context.Context, lesson.Position) error) scenario.Result {
	var on *node.Node
	open := func(ctx context.Context, s scenario.Scenario) (stage runner.Stage, err error) {
		on, stage, err = fenced(ctx, s)
		return stage, err
	}
	return runner.Run(ctx, s, open, runner.Options{TokenLife: lesson.Life + time.Hour, Pace: func(ctx context.Context, done int, payments map[string]string) error {
		return at(ctx, lesson.Position{Done: done, Payments: payments, Passed: on.Now().Sub(s.Start), Picture: func(ctx context.Context, id string) (sequence.Picture, error) {
			return on.Picture(ctx, id)
		}})
	}})
}
