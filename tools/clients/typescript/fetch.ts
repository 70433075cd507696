// Makes a payment, and reads it again, with openapi-fetch and the types that openapi-typescript made.
import createClient from "openapi-fetch";
import type { paths } from "./openapi-typescript.js";

const env = process.env as Record<string, string>;
const api = createClient<paths>({ baseUrl: env.SANDBANK_URL });

const token = await api.POST("/oauth/token", {
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
  body: { grant_type: "client_credentials", client_id: env.SANDBANK_CLIENT_ID, client_secret: env.SANDBANK_CLIENT_SECRET },
  bodySerializer: (body) => new URLSearchParams(body as Record<string, string>),
});
if (!token.data) throw new Error(JSON.stringify(token.error));
const headers = { Authorization: `Bearer ${token.data.access_token}` };

const made = await api.POST("/v1/payments", {
  headers,
  body: { amount: { value: "19.99", currency: "EUR" }, reference: "openapi-typescript", return_url: "https://shop.example/orders/1" },
});
if (!made.data) throw new Error(JSON.stringify(made.error));

const got = await api.GET("/v1/payments/{id}", { headers, params: { path: { id: made.data.id } } });
if (!got.data) throw new Error(JSON.stringify(got.error));
console.log(got.data.reference, got.data.amount.value, got.data.amount.currency, got.data.status);
