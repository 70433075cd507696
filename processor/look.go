package processor

import (
	"fmt"

	"sandbank/clock/atrest"
)

// Look says what the processor is busy with at the present simulated time.
func (p *Processor) Look() atrest.Look {
	l := p.due.look(p.Clock.Now())
	if n := p.batch.commands.Open(); n > 0 {
		l.Busy = fmt.Sprintf("%d commands are not committed yet", n)
	}
	l.Begun += p.batch.commands.Begun()
	return l
}
