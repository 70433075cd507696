package shop

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/mux"
)

const (
	heartbeat = 15 * time.Second
	maxLive   = 15 * time.Minute // then the browser asks anew, by itself
)

// live streams an order's revision to its own page.
func (s *Shop) live(w http.ResponseWriter, r *http.Request) {
	number := mux.Vars(r)["number"]
	if _, ok := s.orders.get(number); !ok {
		http.Error(w, "There is no such order.", http.StatusNotFound)
		return
	}
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		http.Error(w, "Too many pages are listening.", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy that gathers would hold the news back
	ctx, cancel := context.WithTimeout(r.Context(), maxLive)
	defer cancel()
	s.stream(ctx, w, number)
}

func (s *Shop) stream(ctx context.Context, w http.ResponseWriter, number string) {
	out := http.NewResponseController(w)
	// The server's write deadline is for pages, not for streams.
	_ = out.SetWriteDeadline(time.Time{})
	changes, stop := s.orders.watch(number)
	defer stop()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for told := -1; ; {
		o, ok := s.orders.get(number)
		if !ok {
			return // too old to be kept
		}
		line := ": still here\n\n"
		if o.revision != told {
			told = o.revision
			line = fmt.Sprintf("event: status\ndata: %d\n\n", told)
		}
		if _, err := w.Write([]byte(line)); err != nil || out.Flush() != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-s.ended:
			return
		case <-changes:
		case <-beat.C:
		}
	}
}
