// Command oapi makes a payment, and reads it again, with a client that oapi-codegen made of the
// OpenAPI description.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"sandbank/tools/clients/oapi/api"
)

func main() {
	ctx := context.Background()
	c, err := api.NewClientWithResponses(os.Getenv("SANDBANK_URL"))
	if err != nil {
		log.Fatal(err)
	}
	id, secret := os.Getenv("SANDBANK_CLIENT_ID"), os.Getenv("SANDBANK_CLIENT_SECRET")
	token, err := c.GetTokenWithFormdataBodyWithResponse(ctx, api.TokenRequest{
		GrantType: api.ClientCredentials, ClientId: &id, ClientSecret: &secret,
	})
	if err != nil || token.JSON200 == nil {
		log.Fatalf("token: %v %s", err, token.Body)
	}
	bearer := func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+token.JSON200.AccessToken)
		return nil
	}
	made, err := c.CreatePaymentWithResponse(ctx, nil, api.NewPayment{
		Amount: api.Money{Value: "19.99", Currency: "EUR"}, Reference: "oapi-codegen", ReturnUrl: "https://shop.example/orders/1",
	}, bearer)
	if err != nil || made.JSON202 == nil {
		log.Fatalf("create: %v %s", err, made.Body)
	}
	got, err := c.GetPaymentWithResponse(ctx, made.JSON202.Id, nil, bearer)
	if err != nil || got.JSON200 == nil {
		log.Fatalf("get: %v %s", err, got.Body)
	}
	fmt.Println(got.JSON200.Reference, got.JSON200.Amount.Value, got.JSON200.Amount.Currency, got.JSON200.Status)
}
