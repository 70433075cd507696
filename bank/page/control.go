package page

import (
	"io"
	"mime"
	"net"
	"net/http"

	"github.com/go-json-experiment/json"

	"sandbank/broker/wire"
)

// shown answers with a bank's status.
func (s *Site) shown(w http.ResponseWriter, r *http.Request) {
	if !near(r) {
		fail(w, http.StatusForbidden, "The banks are steered from their own machine only.")
		return
	}
	status, ok := s.challenges.Status(r.PathValue("bic"))
	if !ok {
		fail(w, http.StatusNotFound, "There is no such bank in this process.")
		return
	}
	tell(w, http.StatusOK, status)
}

// steer carries out a command in the form of a control message.
func (s *Site) steer(w http.ResponseWriter, r *http.Request) {
	if !near(r) {
		fail(w, http.StatusForbidden, "The banks are steered from their own machine only.")
		return
	}
	// A page of another origin may not send this type without a preflight
	// request, and that gets no permission.
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		fail(w, http.StatusUnsupportedMediaType, "Send application/json.")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, wire.MaxBody))
	if err != nil {
		fail(w, http.StatusRequestEntityTooLarge, "The body is too large.")
		return
	}
	c, err := wire.ReadControls(body)
	if err != nil {
		fail(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	status, ok := s.challenges.Command(r.Context(), r.PathValue("bic"), c)
	if !ok {
		fail(w, http.StatusNotFound, "There is no such bank in this process.")
		return
	}
	tell(w, http.StatusOK, status)
}

// near reports whether a request comes from this machine and names it. Another
// host name that resolves to this machine does not count.
func near(r *http.Request) bool {
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil || !net.ParseIP(from).IsLoopback() {
		return false
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

func fail(w http.ResponseWriter, status int, says string) {
	tell(w, status, struct {
		Error string `json:"error"`
	}{says})
}

func tell(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.MarshalWrite(w, body) // a failed write means that the reader is gone
}
