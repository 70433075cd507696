package graph

import (
	"bytes"
	"encoding/json"
	"net/http"

	"sandbank/web/gate"
)

// The media types of an answer that is no stream, by the GraphQL-over-HTTP
// specification: its own, and the one of older clients.
const (
	asResponse = "application/graphql-response+json"
	asJSON     = "application/json"
)

// mediaOf is how a caller wants to be answered; JSON where it does not say.
func mediaOf(r *http.Request) string {
	if gate.Prefers(r, asJSON, asResponse) == asResponse {
		return asResponse
	}
	return asJSON
}

// reply is the answer to a query. The executor sets a status only if it ran
// nothing. Such an answer has no data, and is 400 in the specification's own media
// type; a client of JSON looks for errors in the body, and may not read the body
// of another status.
type reply struct {
	http.ResponseWriter
	media   string
	refused bool
	body    bytes.Buffer // of a refusal
}

// WriteHeader implements [http.ResponseWriter].
func (p *reply) WriteHeader(int) { p.refused = true }

// Write implements [io.Writer].
func (p *reply) Write(b []byte) (int, error) {
	if p.refused {
		return p.body.Write(b)
	}
	return p.ResponseWriter.Write(b)
}

// finish writes a refusal.
func (p *reply) finish() error {
	if !p.refused {
		return nil
	}
	var without struct {
		Errors     json.RawMessage `json:"errors"`
		Extensions json.RawMessage `json:"extensions,omitempty"`
	}
	if err := json.Unmarshal(p.body.Bytes(), &without); err != nil {
		return err
	}
	body, err := json.Marshal(without)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if p.media == asResponse {
		status = http.StatusBadRequest
	}
	p.ResponseWriter.WriteHeader(status)
	_, _ = p.ResponseWriter.Write(body) // the client is gone if this fails
	return nil
}
