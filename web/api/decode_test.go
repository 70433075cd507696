package api

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sandbank/fault"
)

// A complaint speaks of JSON, and names the place.
func TestRead_SpeaksOfJSON(t *testing.T) {
	for body, says := range map[string]string{
		`null`:                                ": must be an object, not null",
		`{"since": null}`:                     "/since: must not be null",
		`{"since": "yesterday"}`:              "/since: must be an instant of RFC 3339",
		`{"since": 5}`:                        "/since: must be an instant of RFC 3339, such as \"2026-03-14T23:00:00Z\", not a number",
		`{"since": {}}`:                       "/since: must be an instant of RFC 3339",
		`{"no": 1}`:                           "/no: is not a field of this request",
		`[]`:                                  ": must be an object, not an array",
		`"x"`:                                 ": must be an object, not this string",
		`{"since": "a`:                        ": ends before it is whole",
		``:                                    ": ends before it is whole",
		`{"since": "2026-01-01T00:00:00Z"} x`: "at byte",
	} {
		var into ResendFailed
		err := read([]byte(body), &into)
		if err == nil {
			t.Errorf("%s is taken", body)
			continue
		}
		f := fault.From(err).Fields
		if said := f[0].Pointer + ": " + f[0].Detail; len(f) != 1 || !strings.Contains(said, says) || strings.Contains(said, "json") || strings.Contains(said, "Go ") || strings.Contains(said, "time.Time") {
			t.Errorf("%s: %q, want %q", body, said, says)
		}
	}
}

// JSON has no integers: 900.0 and 9e2 are the number that 900 is.
func TestRead_TakesWholeNumbersAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]int{"900": 900, "900.0": 900, "9e2": 900, "90.00E+1": 900, "9000e-1": 900, "0": 0, "-0": 0, "0.0": 0} {
		var into struct {
			N *int `json:"n"`
		}
		if err := read([]byte(`{"n": `+text+`}`), &into); err != nil || into.N == nil || *into.N != want {
			t.Errorf("read the number %s: want %d, got %v, %v", text, want, into.N, err)
		}
	}
	for _, text := range []string{"1.5", "9e-1", "1e19", "1e400", "9e999999999", "9e-999999999", `"900"`, "true", "[9]", strings.Repeat("9", 500)} {
		var into struct {
			N int64 `json:"n"`
		}
		if err := read([]byte(`{"n": `+text+`}`), &into); err == nil || fault.From(err).Fields[0].Pointer != "/n" || !strings.Contains(err.Error(), "whole number") {
			t.Errorf("read the number %s: want a complaint about a whole number at /n, got %d, %v", text, into.N, err)
		}
	}
}

func zipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

// A compressed body is taken within the limit, or refused as such: never as wrong JSON.
func TestDecode_Compressed(t *testing.T) {
	for name, c := range map[string]struct {
		coding, body, code string
	}{
		"gzip":             {"gzip", zipped(`{"note": "small"}`), ""},
		"gzip in capitals": {"GZIP", zipped(`{"note": "small"}`), ""},
		"identity":         {"identity", `{"note": "small"}`, ""},
		"deflate":          {"deflate", "x", "content_encoding"},
		"br":               {"br", "x", "content_encoding"},
		"gzip twice":       {"gzip, gzip", zipped(zipped(`{}`)), "content_encoding"},
		"not gzip":         {"gzip", `{"note": "small"}`, "body_unreadable"},
		"gzip cut":         {"gzip", zipped(`{"note": "small"}`)[:20], "body_unreadable"},
		"bomb":             {"gzip", zipped(`{"note": "` + strings.Repeat("0", 50<<20) + `"}`), "body_too_large"},
		"at the limit":     {"gzip", zipped(`{"note": "` + strings.Repeat("0", 64<<10-12) + `"}`), ""},
		"over the limit":   {"gzip", zipped(`{"note": "` + strings.Repeat("0", 64<<10-11) + `"}`), "body_too_large"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/v1/breaks/x/write-off", strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Content-Encoding", c.coding)
		r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, 64<<10)
		var into WriteOff
		if err := decode(r, &into); fault.Code(err) != c.code {
			t.Errorf("%s: %v, want %q", name, err, c.code)
		}
	}
}
