package shop

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sandbank/web/look/looktest"
)

var sampleTime = time.Date(2026, 3, 14, 14, 5, 9, 120e6, time.UTC)

func sampleFrame() Frame {
	return Frame{Shop: "The Mug Shop", DashboardURL: "http://localhost:8080/"}
}

func sampleProducts() []Product {
	return []Product{
		{"mug", "Sea mug", "Holds tea, and a small tide.", "€9.99", ArtPath("mug"), "A blue mug with waves on it"},
		{"towel", "Beach towel", "Striped, and never quite free of sand.", "€24.00", ArtPath("towel"), "A striped towel on the sand"},
		{"bucket", "Bucket and spade", "Builds banks.", "€7.51", ArtPath("bucket"), "A yellow bucket full of sand, and a spade"},
		{"kite", "Kite", "For what cannot be held for long.", "€32.50", ArtPath("kite"), "A kite in the wind"},
	}
}

func sampleCatalog() CatalogView {
	return CatalogView{Frame: sampleFrame(), Action: "/orders", CSRF: "c5rf", Products: sampleProducts(),
		Banks: []BankOption{{"PRMTNL2A", "Prompt Bank", "answers at once"}, {"HUSHFRPP", "Hush Bank", "never answers"}}}
}

func sampleOrder(s State) OrderView {
	at := func(seconds int) time.Time { return sampleTime.Add(time.Duration(seconds) * time.Second) }
	v := OrderView{Frame: sampleFrame(), Number: "order-1042", Product: sampleProducts()[0], Quantity: 2, Total: "€19.98", State: s,
		PaymentID: "pay_0195a3c2-7d1e-7c44-9a61-5be2f10c7a34", PaymentURL: "http://localhost:8080/payments/pay_1", Revision: "3",
		Log: []LogLine{
			{At: at(0), Kind: "asked", Text: "Asked the processor for a payment", Detail: "POST /v1/payments → 202"},
			{At: at(1), Kind: "customer", Text: "Sent the customer to the checkout"},
		}}
	switch s {
	case StateWaiting:
		v.LiveURL, v.CheckoutURL = "/orders/1042/stream", "http://localhost:8080/pay/tok"
	case StatePaid:
		v.Log = append(v.Log, LogLine{At: at(22), Kind: "told", Text: "Verified a webhook", Detail: "payment.captured · evt_0195…", Good: true})
	case StateDeclined:
		v.Reason = "There is not enough money in the account."
		v.Log = append(v.Log, LogLine{At: at(22), Kind: "told", Text: "Verified a webhook", Detail: "payment.declined · evt_0195…", Bad: true})
	case StateReleased:
		v.Log = append(v.Log, LogLine{At: at(960), Kind: "asked", Text: "Heard nothing for 16 minutes, so it asked the processor", Detail: "GET /v1/payments/pay_0195… → abandoned"},
			LogLine{At: at(960), Kind: "shop", Text: "Released the order"})
	case StateReserved, StateCanceled, StateFailed, StateRefunded: // told by the words alone
	}
	return v
}

func sampleOffice() OfficeOrderView {
	v := sampleOrder(StateReserved)
	v.Office, v.OfficeURL = true, "/office/orders/order-1042"
	v.Moves = []Move{
		{"Taken", "€5.00", "succeeded", "", sampleTime}, {"Refund", "€1.00", "failed", "The bank does not know the account any more.", sampleTime},
		{"Dispute", "€4.00", "needs_response", disputeNotes["needs_response"], sampleTime},
	}
	return OfficeOrderView{OrderView: v, CSRF: "t", Hands: []Hand{
		{"capture", "/office/orders/order-1042/capture", "Take the money", "2", "To take, in EUR", "€14.98 is left.", "99.00", "There is no more than 14.98 EUR left to capture."},
		{"void", "/office/orders/order-1042/void", "Release what is left", "1", "", "", "", "The bank is still working on a capture."},
		{"refund", "/office/orders/order-1042/refund", "Refund", "1", "To refund, in EUR", "€5.00 is left.", "5.00", ""},
	}}
}

// states are every page of the shop with realistic data.
func states() map[string]func(io.Writer) error {
	failed := sampleCatalog()
	failed.Error = "The processor does not answer. Is it running?"
	all := map[string]func(io.Writer) error{
		"catalog":       func(w io.Writer) error { return RenderCatalog(w, sampleCatalog()) },
		"catalog-error": func(w io.Writer) error { return RenderCatalog(w, failed) },
		"orders": func(w io.Writer) error {
			return RenderOrders(w, OrdersView{Frame: sampleFrame(), Orders: []OrderLine{
				{"order-1042", "/orders/1042", sampleTime, "2 × Sea mug", "€19.98", StatePaid},
				{"order-1041", "/orders/1041", sampleTime, "1 × Kite", "€32.50", StateReleased}}})
		},
		"office": func(w io.Writer) error {
			return RenderOffice(w, OrdersView{Frame: Frame{Shop: "The Mug Shop", Office: true}, Manual: true, Orders: []OrderLine{
				{"order-1042", "/office/orders/order-1042", sampleTime, "2 × Sea mug", "€19.98", StateReserved}}})
		},
		"office-order": func(w io.Writer) error { return RenderOfficeOrder(w, sampleOffice()) },
		"office-nothing": func(w io.Writer) error {
			return RenderOfficeOrder(w, OfficeOrderView{OrderView: sampleOrder(StateReleased), Refused: "There is nothing left to refund."})
		},
		"notice": func(w io.Writer) error {
			return RenderNotice(w, NoticeView{Frame: sampleFrame(), Title: "No such order", Text: "It may belong to an earlier run."})
		},
	}
	for s := range stateTable {
		all["order-"+string(s)] = func(w io.Writer) error { return RenderOrder(w, sampleOrder(s)) }
	}
	return all
}

func render(t *testing.T, draw func(io.Writer) error) string {
	t.Helper()
	var out strings.Builder
	if err := draw(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestGallery(t *testing.T) {
	for name, draw := range states() {
		t.Run(name, func(t *testing.T) { looktest.Gallery(t, "shop/"+name, render(t, draw)) })
	}
	if dir := os.Getenv(looktest.GalleryEnv); dir != "" {
		if err := os.CopyFS(filepath.Join(dir), art); err != nil && !os.IsExist(err) {
			t.Fatal(err)
		}
	}
}

// Hostile names come from configuration and from the processor: they stay text.
func TestPages_EscapeHostileText(t *testing.T) {
	v := sampleOrder(StateDeclined)
	v.Shop, v.Number, v.Reason, v.Product.Name = looktest.Hostile, looktest.Hostile, looktest.Hostile, looktest.Hostile
	v.PaymentURL, v.CheckoutURL = "javascript:alert(1)", "javascript:alert(1)"
	v.Moves = []Move{{looktest.Hostile, looktest.Hostile, looktest.Hostile, looktest.Hostile, sampleTime}}
	office := sampleOffice()
	office.OrderView = v
	office.Hands[0].Value, office.Hands[0].Error = looktest.Hostile, looktest.Hostile
	for _, draw := range []func(io.Writer) error{
		func(w io.Writer) error { return RenderOrder(w, v) }, func(w io.Writer) error { return RenderOfficeOrder(w, office) },
	} {
		html := render(t, draw)
		if strings.Contains(html, `href="javascript:`) {
			t.Error("a script became a link")
		}
		looktest.CheckHostile(t, html)
	}
}

func TestState_EveryOneHasWordsOfItsOwn(t *testing.T) {
	seen := map[string]State{}
	for s, words := range stateTable {
		key := fmt.Sprint(words.Title, words.Icon)
		if other, ok := seen[key]; ok {
			t.Errorf("%s reads as %s", s, other)
		}
		seen[key] = s
		if words.Lead == "" || words.Lesson == "" || words.Word == "" {
			t.Errorf("%s lacks words", s)
		}
	}
}
