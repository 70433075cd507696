package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"sandbank/event/feed"
	"sandbank/fault"
	"sandbank/web/gate"
)

// servePost is POST /graphql: a query, or a subscription over server-sent events
// for a client that accepts nothing else.
func (s *Server) servePost(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	if err := readBody(r); err != nil {
		return err
	}
	if streamable := strings.Contains(r.Header.Get("Accept"), eventStream); !streams(r) {
		out := &reply{ResponseWriter: w, media: mediaOf(r)}
		r.Header.Set("Accept", out.media)
		ctx, l := s.newLine(r, call.Principal, nil)
		defer l.close()
		if !streamable {
			l.request, l.requestID = r, call.RequestID
		}
		s.exec.ServeHTTP(out, r.WithContext(ctx))
		return out.finish()
	}
	leave, err := s.Seats.Take(call.Merchant.ID)
	if err != nil {
		return err
	}
	ctx, l := s.newLine(r, call.Principal, leave)
	defer l.close()
	defer l.follow()()
	l.watch(gate.Bearer(r.Header.Get("Authorization")))
	out := &stream{gate.NewPatient(ctx, w, s.Patience), l, ctx, s.Seats}
	defer out.Done()
	w.Header().Set("X-Accel-Buffering", "no")
	s.exec.ServeHTTP(out, r.WithContext(ctx))
	return nil
}

// streams reports whether the client wants server-sent events. A client that
// accepts JSON as well gets JSON: some clients list every type they know with
// every query.
func streams(r *http.Request) bool {
	return gate.Prefers(r, asJSON, asResponse, eventStream) == eventStream
}

const eventStream = "text/event-stream"

// readBody checks that the body is a GraphQL request, and puts it back. The
// executor would repeat a broken body in its error.
func readBody(r *http.Request) error {
	body, err := gate.JSON.Read(r)
	if err != nil {
		return err
	}
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] == '[' {
		return fault.New(fault.Invalid, "json_invalid", "One request is one operation; lists of them are not taken.").
			Hinting("Put several fields into one query, or send several requests over one connection.")
	}
	var asked struct {
		Query         string         `json:"query"`
		OperationName *string        `json:"operationName"`
		Variables     map[string]any `json:"variables"`
		Extensions    map[string]any `json:"extensions"`
	}
	problem := fault.New(fault.Invalid, "json_invalid", "The body is not a GraphQL request.")
	if err := json.Unmarshal(body, &asked); err != nil {
		return problem.At("", "must be a JSON object with query, and if need be operationName and variables").Because(err)
	}
	if asked.Query == "" {
		return problem.At("/query", "is required")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// stream is the answer of one subscription. A reader that takes nothing ends it.
type stream struct {
	*gate.Patient
	line  *line
	ctx   context.Context // ends with the line
	seats *feed.Seats
}

// Write implements [io.Writer].
func (s *stream) Write(b []byte) (int, error) {
	n, err := s.Patient.Write(b)
	s.wrote(err)
	return n, err
}

// Flush implements [http.Flusher].
func (s *stream) Flush() {
	s.wrote(s.FlushError())
}

func (s *stream) wrote(err error) {
	if err == nil {
		return
	}
	if s.ctx.Err() == nil { // else the write was cut short from here
		s.seats.Wrote("graphql", err)
	}
	s.line.end(err)
}
