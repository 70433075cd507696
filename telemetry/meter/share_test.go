package meter

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gorilla/mux"
)

// BenchmarkShare is what meters add to one request, and to one payment's step: with none, a request costs nothing.
func BenchmarkShare(b *testing.B) {
	served := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) })
	request := func(m *Meters) func(*testing.B) {
		return func(b *testing.B) {
			router := mux.NewRouter()
			router.Use(m.Routed)
			router.Handle("/v1/payments", served)
			q, w := httptest.NewRequest(http.MethodPost, "/v1/payments", nil), httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				router.ServeHTTP(w, q)
			}
		}
	}
	b.Run("request, without", request(nil))
	m := New(Words{Statuses: []string{"captured"}}, time.Now)
	b.Run("request, with", request(m))
	b.Run("step of a payment", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.Moved(Move{Status: "captured", Bank: "SANDNL2A", Waited: time.Second})
		}
	})
}
