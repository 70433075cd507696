package api

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"sandbank/web/gate"
)

// Lives begins a processor anew, in the middle of its work.
type Lives interface {
	// Reset puts everything back to the beginning.
	Reset(ctx context.Context) error
	// Snapshot writes the whole state.
	Snapshot(ctx context.Context, to io.Writer) error
	// Restore begins anew with the state of a snapshot.
	Restore(ctx context.Context, packed []byte) error
}

// snapshotBody is a snapshot as a request's body.
var snapshotBody = gate.Body{Name: "a snapshot", Media: "application/zip", Limit: 256 << 20}

// snapshots is this API where the body is a snapshot.
func snapshots() *gate.Dialect { return &gate.Dialect{Body: snapshotBody} }

// resetSimulator puts everything back to the beginning.
func (a *API) resetSimulator(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	if err := nothing(r); err != nil {
		return err
	}
	if err := a.Lives.Reset(r.Context()); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// takeSnapshot answers the whole state as a file. It is written whole before the answer begins, so that an
// error is an answer and not half a file.
func (a *API) takeSnapshot(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	var packed bytes.Buffer
	if err := a.Lives.Snapshot(r.Context(), &packed); err != nil {
		return err
	}
	gate.Attach(w, snapshotBody.Media, "sandbank-snapshot.zip")
	_, _ = w.Write(packed.Bytes()) // the caller may be gone
	return nil
}

// bringBack begins anew with the state of a snapshot.
func (a *API) bringBack(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	packed, err := snapshotBody.Read(r)
	if err != nil {
		return err
	}
	if err := a.Lives.Restore(r.Context(), packed); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
