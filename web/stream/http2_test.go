package stream_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sandbank/web/stream"
)

// Over HTTP/2 many streams share a connection: one whose reader takes nothing is
// dropped, and the others on the same connection hear everything.
func TestStreams_DropAStalledReaderOfHTTP2(t *testing.T) {
	h, s, f := newShelf(t, stream.Config{Patience: stall})
	server := httptest.NewUnstartedServer(h.server.Config.Handler)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	open := func() *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/v1/events/stream", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer demo-shop")
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != http.StatusOK || answer.ProtoMajor != 2 {
			t.Fatalf("%s over %s", answer.Status, answer.Proto)
		}
		return answer
	}
	stalled, reading := open(), open()
	defer func() { _, _ = stalled.Body.Close(), reading.Body.Close() }()
	awaitSeats(t, h, 2)
	const n, size = 120, 100_000 // 12 MB: more than the client's window for a stream
	lines := bufio.NewScanner(reading.Body)
	lines.Buffer(nil, 2*size)
	for range n / 10 {
		f.Committed(s.put("demo-shop", 10, size))
		for heard := 0; heard < 10; {
			if !lines.Scan() {
				t.Fatalf("the stream that is read has ended: %v", lines.Err())
			}
			if strings.HasPrefix(lines.Text(), "data:") && len(lines.Text()) > size {
				heard++
			}
		}
	}
	awaitSeats(t, h, 1)
	f.Committed(s.put("demo-shop", 1, 1))
	for lines.Scan() && !strings.Contains(lines.Text(), `"sequence":121`) {
	}
	if err := lines.Err(); err != nil {
		t.Error(err)
	}
}
