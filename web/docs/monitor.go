package docs

// MonitorView is what a monitor can read, and how.
type MonitorView struct {
	Frame
	Read, Scrape, Elsewhere string // what one may copy
	Messages                string // likewise, of the broker
	Collect, Traced         string // likewise, of traces
	Compose                 string // likewise, of the profile of compose
	Meters                  []Worded
	Others                  []Worded // those of banks and shops
	Hops                    []Worded
	Variables               []Worded
}

func monitorPage(base string) MonitorView {
	return MonitorView{
		Frame: Frame{Section: "monitor"},
		Read:  "curl -s " + base + "/metrics | grep ^sandbank_payments_total",
		Scrape: `scrape_configs:
  - job_name: sandbank
    scrape_interval: 5s
    static_configs:
      - targets: ["127.0.0.1:8080"]`,
		Elsewhere: `scrape_configs:
  - job_name: sandbank
    scheme: https
    oauth2:
      client_id: monitor
      client_secret_file: /etc/prometheus/sandbank-secret
      token_url: https://sandbank.example/oauth/token
    static_configs:
      - targets: ["sandbank.example"]`,
		Messages: `token=$(curl -s -u demo-operator:demo-operator-secret -d grant_type=client_credentials ` + base + `/oauth/token | jq -r .access_token)
curl -s ` + base + `/sim/broker -H "Authorization: Bearer $token" | jq -r '.queues[] | [.ready, .unacknowledged, .consumers, .name] | @tsv'`,
		Collect: `docker run --rm -p 127.0.0.1:4318:4318 -p 127.0.0.1:16686:16686 jaegertracing/jaeger:2.9.0
processor --otlp-endpoint http://127.0.0.1:4318 --trace-url 'http://127.0.0.1:16686/trace/{trace}'`,
		Traced: `token=$(curl -s -u demo-shop:demo-shop-secret -d grant_type=client_credentials ` + base + `/oauth/token | jq -r .access_token)
curl -s -D - -o /dev/null ` + base + `/v1/payments -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
  -H "traceparent: 00-$(openssl rand -hex 16)-$(openssl rand -hex 8)-01" \
  -d '{"amount": {"value": "19.99", "currency": "EUR"}, "reference": "order-1042", "return_url": "https://shop.example/"}' |
  grep -i '^sandbank-trace'`,
		Compose: "SANDBANK_OTLP_ENDPOINT=http://jaeger:4318 docker compose --profile monitoring up --build",
		Hops: []Worded{
			{"GET /, POST /buy", "The shop's request, where it sends a traceparent. The demo shop does, with --otlp-endpoint of its own.", ""},
			{"POST /v1/payments", "The request of the merchant's server. Later requests about the payment with a traceparent of another trace are linked with the payment's.", ""},
			{"POST /pay/{token}/confirm", "Each page of the checkout that the customer loads or submits. The banks' own page records nothing.", ""},
			{"publish bank.requests", "A message from the outbox to the broker, until it is confirmed; published again, it has a second one. The header is in /asyncapi.json.", ""},
			{"process bank.SANDNL2A", "The bank's work, from the request to the confirmed answer. A bank of yours that sends the headers of the request back has its answer in the trace.", ""},
			{"process processor.results", "The bank's answer, until it is committed.", ""},
			{"commit captured", "The transaction that wrote the new status, with the number of ledger entries, and each event as an event of the span. Where several payments committed together, a span \"commit batch\" of its own trace links them, and they link it.", ""},
			{"publish payment.events", "The event on its way to the merchant's AMQP queue.", ""},
			{"POST webhook", "One try. The request has a traceparent, so that your server's span can follow.", ""},
		},
		Variables: []Worded{
			{"OTEL_EXPORTER_OTLP_ENDPOINT", "As --otlp-endpoint; OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is the whole URL.", ""},
			{"OTEL_EXPORTER_OTLP_HEADERS", "Headers for the collector, such as Authorization=Bearer%20…. Also OTEL_EXPORTER_OTLP_TIMEOUT, in milliseconds.", ""},
			{"OTEL_SERVICE_NAME", "Instead of sandbank-processor, sandbank-bank, sandbank-shop; OTEL_RESOURCE_ATTRIBUTES adds to it.", ""},
			{"OTEL_TRACES_SAMPLER", "Which traces are recorded, with OTEL_TRACES_SAMPLER_ARG: parentbased_traceidratio and 0.1 records a tenth of those that no caller has decided about.", ""},
			{"OTEL_SDK_DISABLED", "true records nothing. Also OTEL_TRACES_EXPORTER, where none is the only other value.", ""},
		},
		Others: []Worded{
			{"sandbank_bank_answers_total", "Requests that a bank answered, by bank, kind and outcome.", ""},
			{"sandbank_bank_answer_seconds", "Simulated time from a request to its answer, a histogram by bank.", ""},
			{"sandbank_bank_serving", "1 while a bank takes requests.", ""},
			{"sandbank_bank_in_hand", "Requests that a bank took and has not acknowledged.", ""},
			{"sandbank_shop_webhooks_total", "Webhooks that the demo shop got, by type; \"\" where it refused one.", ""},
		},
		Meters: []Worded{
			{"http_server_request_duration_seconds", "How long requests took, a histogram by http_request_method, http_route (the template, such as /v1/payments/{id}), http_response_status_code and sandbank_caller (the caller's role, or nobody). A stream counts when it ends.", ""},
			{"http_server_active_requests", "Requests under way.", ""},
			{"sandbank_payments_total", "Payments that came into a status, by status, bank and reason.", ""},
			{"sandbank_payment_result_seconds", "Simulated time from the customer's payment to the bank's result, a histogram by bank.", ""},
			{"sandbank_events_total", "Events, by type.", ""},
			{"sandbank_messages_total", "Messages to banks and from them, by direction, kind and the verdict on those that came in: a repeated or late one is counted as such.", ""},
			{"sandbank_commit_duration_seconds", "How long the transactions of batches took, a histogram by outcome: written, refused, failed.", ""},
			{"sandbank_commit_payments", "Payments that one transaction created or changed, a histogram.", ""},
			{"sandbank_webhook_try_duration_seconds", "How long receivers took to answer, a histogram by outcome: delivered, failed.", ""},
			{"sandbank_webhook_lag_seconds", "Simulated time from an event to the receiver's 2xx, retries included, a histogram.", ""},
			{"sandbank_refusals_total", "What callers were refused, by outcome and the problem's code: wrong tokens, guesses, forbidden roles, limits.", ""},
			{"sandbank_ready", "1 where a part (broker, database, banks) can do its work.", ""},
			{"sandbank_bank_online", "1 where a bank is heard.", ""},
			{"sandbank_outbox_messages", "Messages that the broker has not confirmed.", ""},
			{"sandbank_outbox_overdue_seconds", "How long the one that waits longest is past the time in which its processor should have sent it.", ""},
			{"sandbank_webhooks_waiting", "Webhooks that will be tried, or tried again.", ""},
			{"sandbank_webhooks_overdue_seconds", "Simulated time since the one that waits longest was due.", ""},
			{"sandbank_ledger_unsealed_entries", "Entries of the ledger without a place in the chain yet.", ""},
			{"sandbank_dead_letters", "Messages of banks that could not be understood.", ""},
			{"sandbank_breaks_open", "Lines of settlements that differ from what is booked, and are neither corrected nor written off.", ""},
			{"sandbank_streams_open", "Streams of merchants that are open.", ""},
			{"sandbank_streams_dropped_total", "Streams that were ended since their reader took nothing for 10 seconds, by transport: sse, websocket, graphql.", ""},
			{"sandbank_faults", "Faults that are on, on purpose. An alarm may be silent while this is above 0.", ""},
			{"sandbank_simulated_time_seconds", "Simulated time, in seconds since 1970.", ""},
		},
	}
}
