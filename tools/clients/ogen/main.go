// Command ogen makes a payment, and reads it again, with a client that ogen made of the OpenAPI
// description.
package main

import (
	"context"
	"fmt"
	"log"
	"net/url"
	"os"

	"github.com/ogen-go/ogen/ogenerrors"

	"sandbank/tools/clients/ogen/api"
)

// known is what the client shows: its id and secret for a token, the token for all else.
type known struct{ token string }

// Basic implements [api.SecuritySource].
func (k *known) Basic(context.Context, api.OperationName) (api.Basic, error) {
	return api.Basic{Username: os.Getenv("SANDBANK_CLIENT_ID"), Password: os.Getenv("SANDBANK_CLIENT_SECRET")}, nil
}

// Bearer implements [api.SecuritySource].
func (k *known) Bearer(context.Context, api.OperationName) (api.Bearer, error) {
	return api.Bearer{Token: k.token}, nil
}

// ClientCredentials implements [api.SecuritySource]: the token of Bearer is one.
func (k *known) ClientCredentials(context.Context, api.OperationName) (api.ClientCredentials, error) {
	return api.ClientCredentials{}, ogenerrors.ErrSkipClientSecurity
}

// told is a payment with its headers, whichever of the operation's statuses it came with.
type told interface{ GetResponse() api.Payment }

func main() {
	ctx, who := context.Background(), &known{}
	c, err := api.NewClient(os.Getenv("SANDBANK_URL"), who)
	if err != nil {
		log.Fatal(err)
	}
	answer, err := c.GetToken(ctx, &api.TokenRequest{GrantType: api.TokenRequestGrantTypeClientCredentials})
	token, ok := answer.(*api.TokenHeaders)
	if !ok {
		log.Fatalf("token: %v %+v", err, answer)
	}
	who.token = token.Response.AccessToken
	back, err := url.Parse("https://shop.example/orders/1")
	if err != nil {
		log.Fatal(err)
	}
	created, err := c.CreatePayment(ctx, &api.NewPayment{
		Amount: api.Money{Value: "19.99", Currency: "EUR"}, Reference: "ogen", ReturnURL: *back,
	}, api.CreatePaymentParams{})
	made, ok := created.(told)
	if !ok {
		log.Fatalf("create: %v %+v", err, created)
	}
	read, err := c.GetPayment(ctx, api.GetPaymentParams{ID: string(made.GetResponse().ID)})
	got, ok := read.(told)
	if !ok {
		log.Fatalf("get: %v %+v", err, read)
	}
	p := got.GetResponse()
	fmt.Println(p.Reference, p.Amount.Value, p.Amount.Currency, p.Status)
}
