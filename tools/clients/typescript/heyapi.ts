// Makes a payment, and reads it again, with a client that @hey-api/openapi-ts made.
import { client } from "./heyapi/client.gen.js";
import { createPayment, getPayment, getToken } from "./heyapi/sdk.gen.js";

const env = process.env as Record<string, string>;
client.setConfig({ baseUrl: env.SANDBANK_URL, throwOnError: true });

const token = await getToken({
  body: { grant_type: "client_credentials", client_id: env.SANDBANK_CLIENT_ID, client_secret: env.SANDBANK_CLIENT_SECRET },
  throwOnError: true,
});
client.setConfig({ auth: token.data.access_token });

const made = await createPayment({
  body: { amount: { value: "19.99", currency: "EUR" }, reference: "openapi-ts", return_url: "https://shop.example/orders/1" },
  throwOnError: true,
});
const got = await getPayment({ path: { id: made.data.id }, throwOnError: true });
console.log(got.data.reference, got.data.amount.value, got.data.amount.currency, got.data.status);
