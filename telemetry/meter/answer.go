package meter

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
)

// answer is the writer of one request's answer, which notes its status. It is made for each request, and so it is
// one value: what finds out which abilities the writer beneath has, and makes a writer with just these, costs a
// dozen. One that is not there answers as [http.ResponseController] does.
type answer struct {
	http.ResponseWriter
	caller caller
	code   int // 0 as long as none is written
}

// status is the status that was answered.
func (a *answer) status() string {
	if a.code < firstStatus || a.code-firstStatus >= len(statuses) {
		return strconv.Itoa(a.code)
	}
	return statuses[a.code-firstStatus]
}

const firstStatus = 100

// statuses are the texts of statuses: every request needs one.
var statuses = func() (texts [500]string) {
	for i := range texts {
		texts[i] = strconv.Itoa(firstStatus + i)
	}
	return texts
}()

// WriteHeader implements [http.ResponseWriter]. Informational answers come before the one that counts, but for the
// switch of protocols, after which there is no other.
func (a *answer) WriteHeader(code int) {
	if a.code == 0 && (code >= http.StatusOK || code == http.StatusSwitchingProtocols) {
		a.code = code
	}
	a.ResponseWriter.WriteHeader(code)
}

// begun notes that the answer begins without a status, and so with 200.
func (a *answer) begun() {
	if a.code == 0 {
		a.code = http.StatusOK
	}
}

// Write implements [http.ResponseWriter].
func (a *answer) Write(b []byte) (int, error) {
	a.begun()
	return a.ResponseWriter.Write(b)
}

// ReadFrom implements [io.ReaderFrom]: files are sent by the system.
func (a *answer) ReadFrom(from io.Reader) (int64, error) {
	a.begun()
	return io.Copy(a.ResponseWriter, from)
}

// Flush implements [http.Flusher].
func (a *answer) Flush() {
	a.begun()
	_ = http.NewResponseController(a.ResponseWriter).Flush() // where it cannot, there is nothing to be done
}

// Hijack implements [http.Hijacker].
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(a.ResponseWriter).Hijack()
}

// Unwrap is for [http.ResponseController].
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
