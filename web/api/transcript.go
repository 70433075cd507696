package api

import (
	"bytes"
	"net/http"

	"sandbank/web/gate"
)

// getTranscript answers what happened in the canonical form, a line of JSON each: everything, or a merchant's
// part where one is named. It is written whole
// before the answer begins, so that an error is an answer and not half a transcript.
func (a *API) getTranscript(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	var lines bytes.Buffer
	if err := a.Processor.Transcript(r.Context(), reachOf(call), &lines); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/jsonl")
	_, _ = w.Write(lines.Bytes()) // the caller may be gone
	return nil
}
