package main

import (
	"fmt"
	"net/url"
	"strings"
)

// traceFlags say where traces go, and where they can be looked at.
type traceFlags struct {
	OTLPEndpoint string `name:"otlp-endpoint" placeholder:"URL" help:"Collector to which traces go by OTLP over HTTP, such as http://127.0.0.1:4318. Default: where the OTEL_… variables say, else nowhere."`
	TraceURL     string `name:"trace-url" placeholder:"URL" help:"Page that shows a trace, with {trace} for its id, such as http://127.0.0.1:16686/trace/{trace}; the dashboard then leads there. Default: none."`
}

func (f traceFlags) check() error {
	if f.TraceURL == "" {
		return nil
	}
	u, err := url.Parse(strings.ReplaceAll(f.TraceURL, "{trace}", "id"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || !strings.Contains(f.TraceURL, "{trace}") {
		return fmt.Errorf("--trace-url %q: write it as a URL with {trace} in it, such as http://127.0.0.1:16686/trace/{trace}", f.TraceURL)
	}
	return nil
}
