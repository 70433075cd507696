package client_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"sync"
	"time"

	"sandbank/merchant/client"
	"sandbank/money"
)

// A merchant's server asks for a payment and sends the customer to the checkout.
func ExampleClient_CreatePayment() {
	c, err := client.New(client.Config{Base: "http://127.0.0.1:8080", ID: "demo-shop", Secret: "demo-shop-secret"})
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("POST /buy", func(w http.ResponseWriter, r *http.Request) {
		pay, err := c.CreatePayment(r.Context(), client.NewPayment{
			Amount:    money.Must("19.99", "EUR"),
			Reference: "order-1042",
			ReturnURL: "https://shop.example/orders/1042",
		}, "order-1042")
		switch client.Code(err) {
		case "bank_offline":
			http.Error(w, "Please choose another bank.", http.StatusConflict)
		case "":
			if err != nil { // the processor cannot be reached
				http.Error(w, "Please try again in a moment.", http.StatusServiceUnavailable)
				return
			}
			http.Redirect(w, r, pay.CheckoutURL, http.StatusSeeOther)
		default:
			http.Error(w, "The order was not placed.", http.StatusBadGateway)
		}
	})
}

// A webhook is handled once, however often it comes. A real shop keeps the ids
// in its database, in the transaction that changes the order.
func ExampleWebhook() {
	var mu sync.Mutex
	seen := map[string]bool{}
	http.Handle("/webhooks", client.Webhook("whsec_…", func(_ context.Context, e client.Event) error {
		mu.Lock()
		defer mu.Unlock()
		if seen[e.ID] {
			return nil
		}
		pay, err := e.Payment()
		if err != nil {
			return err // anything but nil has the event sent again
		}
		if e.Type == "payment.captured" {
			fmt.Println("paid:", pay.Reference)
		}
		seen[e.ID] = true
		return nil
	}))
}

// A script without a web server waits for the result instead.
func ExampleClient_Await() {
	c, err := client.New(client.Config{Base: "http://127.0.0.1:8080", ID: "demo-shop", Secret: "demo-shop-secret"})
	if err != nil {
		log.Fatal(err)
	}
	pay, err := c.Await(context.Background(), "pay_0195a3c2-7d1e-7c44-9a61-5be2f10c7a34", 5*time.Minute)
	switch {
	case err != nil:
		log.Fatal(err)
	case pay.Status.Open():
		fmt.Println("not yet")
	case pay.Status == client.Abandoned: // nobody is told of this: only asking shows it
		fmt.Println("the customer walked away")
	default:
		fmt.Println(pay.Status)
	}
}
