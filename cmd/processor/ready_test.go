package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"sandbank/web/docs"
)

// The file appears whole once the processor answers, says where and as whom to ask, and goes at the end.
func TestReady_TheFileHasWhatAProgramNeeds(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ready.json")
	if err := os.WriteFile(file, []byte("of an earlier run"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	code := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		code <- run(ctx, []string{"--addr", "127.0.0.1:0", "--quiet", "--seed", "7", "--ready-file", file}, io.Discard, &errs)
	}()
	line := awaited(t, file)
	if strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") {
		t.Errorf("the file has to be one line, and is %q", line)
	}
	if at, err := os.Stat(file); err != nil || at.Mode().Perm() != 0o600 {
		t.Errorf("the file has secrets, so its mode has to be 0600, and is %v (%v)", at.Mode(), err)
	}
	var r ready
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		t.Fatal(err)
	}
	if r.PID != os.Getpid() || r.Seed != 7 || len(r.Banks) != 7 || len(r.People) == 0 || !strings.HasPrefix(r.URLs.AMQP, "amqp://") {
		t.Errorf("the line lacks something: %s", line)
	}
	for _, at := range []string{r.URLs.Dashboard, r.URLs.Docs, r.URLs.OpenAPI, r.URLs.AsyncAPI, r.URLs.Ready, r.URLs.Shop} {
		if got, err := http.Get(at); err != nil || got.StatusCode != http.StatusOK {
			t.Errorf("GET %s: expected 200, got %v %v", at, got, err)
		} else {
			_ = got.Body.Close()
		}
	}
	for _, c := range r.Clients {
		asked, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URLs.Token, strings.NewReader("grant_type=client_credentials"))
		if err != nil {
			t.Fatal(err)
		}
		asked.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		asked.SetBasicAuth(c.ID, c.Secret)
		got, err := http.DefaultClient.Do(asked)
		if err != nil || got.StatusCode != http.StatusOK || c.Role == "" {
			t.Errorf("a token for %s (%s): expected 200, got %v %v", c.ID, c.Role, got, err)
			continue
		}
		_ = got.Body.Close()
	}
	http.DefaultClient.CloseIdleConnections()
	end()
	if c := <-code; c != 0 {
		t.Errorf("the program ended with %d: %s", c, errs.String())
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file has to go at the end: %v", err)
	}
}

// awaited is what a file says as soon as it is there and is no earlier run's.
func awaited(t *testing.T, file string) string {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); ; <-time.After(5 * time.Millisecond) {
		body, err := os.ReadFile(file)
		if err == nil && string(body) != "of an earlier run" {
			return string(body)
		}
		if time.Now().After(deadline) {
			t.Fatalf("no ready line was written to %s: %v", file, err)
		}
	}
}

func TestReady_OverADescriptor(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	a := &announcement{readyFlags: readyFlags{ReadyFD: 3}, fd: w}
	if err := a.write([]byte("{}\n")); err != nil {
		t.Fatal(err)
	}
	if said, err := io.ReadAll(r); string(said) != "{}\n" || err != nil {
		t.Errorf("the reader has to see the line and then the end, and saw %q, %v", said, err)
	}
	_ = r.Close()
}

// What replaced the file belongs to another processor.
func TestReady_LeavesAnothersFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ready.json")
	a := &announcement{readyFlags: readyFlags{ReadyFile: file}}
	if err := a.write([]byte("ours\n")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("another's\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a.withdraw()
	if said, err := os.ReadFile(file); string(said) != "another's\n" {
		t.Errorf("another processor's file has to stay, and is %q, %v", said, err)
	}
}

func TestReady_RefusesWhereItCannotWrite(t *testing.T) {
	for want, args := range map[string][]string{
		"--ready-fd 2":             {"--ready-fd", "2"},
		"--ready-fd -1":            {"--ready-fd=-1"},
		"--ready-fd 977":           {"--ready-fd", "977"},
		"its folder is not there":  {"--ready-file", filepath.Join(t.TempDir(), "none", "ready.json")},
		"--ready-file \"/\": must": {"--ready-file", "/"},
	} {
		var errs bytes.Buffer
		if code := run(t.Context(), append([]string{"--addr", "127.0.0.1:0"}, args...), io.Discard, &errs); code != 1 || !strings.Contains(errs.String(), want) {
			t.Errorf("%v: expected exit code 1 and %q, got %d and %s", args, want, code, errs.String())
		}
	}
}

// The wait ends as soon as the processor is ready, and says what it last heard if that never is.
func TestHealth_Waits(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan struct{}, 100)
	answers := []int{http.StatusServiceUnavailable, http.StatusServiceUnavailable, http.StatusOK}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(answers[min(len(asked), len(answers)-1)])
		asked <- struct{}{}
	})}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close(); <-ended })
	var errs bytes.Buffer
	if code := run(t.Context(), []string{"health", "--addr", l.Addr().String(), "--wait", "2m"}, io.Discard, &errs); code != 0 || len(asked) != 3 {
		t.Errorf("expected 0 after 3 questions, got %d after %d: %s", code, len(asked), errs.String())
	}
	for want, args := range map[string][]string{
		"after 300ms: nobody answers": {"--addr", "127.0.0.1:1", "--wait", "300ms"},
		"--wait -1s":                  {"--addr", "127.0.0.1:1", "--wait=-1s"},
		"--url \"http://a b\"":        {"--addr", "a b", "--wait", "1s"},
		"--url \"127.0.0.1:1\"":       {"--url", "127.0.0.1:1"},
		"nobody answers at 127.0.0.1": {"--url", "http://127.0.0.1:1/"},
	} {
		errs.Reset()
		if code := run(t.Context(), append([]string{"health"}, args...), io.Discard, &errs); code != 1 || !strings.Contains(errs.String(), want) {
			t.Errorf("health %v: expected 1 and %q, got %d and %s", args, want, code, errs.String())
		}
	}
}

// The page for integrators names every member of the line.
func TestReady_ThePageNamesEveryMember(t *testing.T) {
	routes := mux.NewRouter()
	docs.Mount(routes, "http://127.0.0.1", docs.Access{})
	page := httptest.NewRecorder()
	routes.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/docs/tests", nil))
	said := page.Body.String()
	line := reflect.TypeFor[ready]()
	for i := range line.NumField() {
		name, _, _ := strings.Cut(line.Field(i).Tag.Get("json"), ",")
		if !strings.Contains(said, "<code>"+name+"</code>") {
			t.Errorf("/docs/tests has to name the member %q", name)
		}
	}
	urls := reflect.TypeFor[readyURLs]()
	for i := range urls.NumField() {
		if name, _, _ := strings.Cut(urls.Field(i).Tag.Get("json"), ","); !strings.Contains(said, name) {
			t.Errorf("/docs/tests has to name urls.%s", name)
		}
	}
}
