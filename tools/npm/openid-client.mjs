// Discovers an authorization server and gets tokens from it with openid-client, as it came:
// client credentials, a code with PKCE, a refresh, an introspection and a revocation.
import assert from "node:assert/strict";
import * as oidc from "openid-client";

const base = new URL(process.argv[2]);
const plain = { execute: [oidc.allowInsecureRequests], algorithm: "oauth2" };
const who = async (token) => (await fetch(new URL("/v1/who", base), { headers: { Authorization: `Bearer ${token}` } })).json();

const shop = await oidc.discovery(base, "demo-shop", undefined, oidc.ClientSecretBasic("demo-shop-secret"), plain);
const own = await oidc.clientCredentialsGrant(shop, { scope: "payments:read" });
assert.equal((await who(own.access_token)).client, "demo-shop");
assert.equal((await oidc.tokenIntrospection(shop, own.access_token)).scope, "payments:read");
await oidc.tokenRevocation(shop, own.access_token);
assert.equal((await oidc.tokenIntrospection(shop, own.access_token)).active, false);
assert.equal((await who(own.access_token)).code, "token_invalid");

const app = await oidc.discovery(base, "demo-app", undefined, oidc.None(), plain);
assert.ok(app.serverMetadata().supportsPKCE());
const verifier = oidc.randomPKCECodeVerifier(), state = oidc.randomState();
const ask = oidc.buildAuthorizationUrl(app, {
  redirect_uri: "http://127.0.0.1:9/callback", scope: "payments:read events:read", state,
  code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
});
// What a person's browser does.
const page = await fetch(ask);
const cookie = page.headers.getSetCookie()[0].split(";")[0];
const csrf = (await page.text()).match(/name="csrf" value="([^"]+)"/)[1];
const sent = await fetch(ask, {
  method: "POST", redirect: "manual", headers: { Cookie: cookie },
  body: new URLSearchParams({ csrf, name: "demo-merchant", password: "demo-merchant-password" }),
});
const back = new URL(sent.headers.get("location"));
const tokens = await oidc.authorizationCodeGrant(app, back, { pkceCodeVerifier: verifier, expectedState: state });
assert.equal((await who(tokens.access_token)).person, "demo-merchant");
const next = await oidc.refreshTokenGrant(app, tokens.refresh_token);
assert.equal((await who(next.access_token)).scope, "payments:read events:read");
await assert.rejects(oidc.refreshTokenGrant(app, tokens.refresh_token), (e) => e.error === "invalid_grant");
assert.equal((await who(next.access_token)).code, "token_invalid"); // with everything of its family
console.log("all is well");
