package browsertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// appSays is the script of an app in a browser with its code: it exchanges the code, makes a
// payment, reads the headers, listens, and revokes its token. It keeps its results in
// window.told.
const appSays = `(async () => {
  const base = %q, told = [];
  try {
    const form = (o) => ({ method: "POST", body: new URLSearchParams(o) });
    const metadata = await (await fetch(base + "/.well-known/oauth-authorization-server")).json();
    const exchanged = await fetch(metadata.token_endpoint, form({
      grant_type: "authorization_code", client_id: "demo-app", code: new URLSearchParams(location.search).get("code"),
      redirect_uri: location.origin + location.pathname, code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" }));
    told.push("token " + exchanged.status);
    const { access_token } = await exchanged.json();
    const made = await fetch(base + "/v1/payments", { method: "POST",
      headers: { Authorization: "Bearer " + access_token, "Content-Type": "application/json", "Idempotency-Key": "app-1", Prefer: "wait=0" },
      body: JSON.stringify({ amount: { value: "5.00", currency: "EUR" }, reference: "app-1", return_url: "https://shop.example/" }) });
    told.push("payment " + made.status, "location " + made.headers.get("Location")?.slice(0, 17), "retry " + made.headers.has("Retry-After"));
    told.push("unknown " + (await fetch(base + "/v1/payments/pay_none", { headers: { Authorization: "Bearer " + access_token } })).status);
    told.push("revoked " + (await fetch(metadata.revocation_endpoint, form({ client_id: "demo-app", token: access_token }))).status);
    told.push("then " + (await fetch(base + "/v1/payments", { headers: { Authorization: "Bearer " + access_token } })).status);
  } catch (e) { told.push(String(e)) }
  window.told = told.join(", ");
})()`

// TestApp_ExchangesItsCodeInTheBrowser has an app without a server: its pages call the processor
// from the origin of its redirect URI. A page of another origin is not let in.
func TestApp_ExchangesItsCodeInTheBrowser(t *testing.T) {
	t.Parallel()
	h := ownHouse(t)
	b := open(t)
	app := strings.Replace(shared.shop().URL, "localhost", "127.0.0.1", 1)
	b.visit(h.Base() + "/oauth/authorize?response_type=code&client_id=demo-app&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" +
		"&code_challenge_method=S256&redirect_uri=" + app + "/callback")
	b.awaitHeading("Sign in")
	b.click(byCSS(`[aria-label="Use demo-merchant"]`))
	b.pressTo("Sign in")
	b.awaitHeading("Thank you")
	b.expectStatus(401)
	b.expectStatus(404)
	b.do(started(fmt.Sprintf(appSays, h.Base())))
	b.awaitTrue(`typeof window.told === "string"`)
	want := "token 200, payment 202, location /v1/payments/pay_, retry true, unknown 404, revoked 200, then 401"
	if got := ask[string](b, `window.told`); got != want {
		t.Errorf("the app says:\n%s\nand not\n%s", got, want)
	}

	stranger := open(t)
	stranger.troubles.allowed = append(stranger.troubles.allowed, "CORS", "Cors", "net::ERR_FAILED")
	stranger.visit(strings.Replace(app, "127.0.0.1", "localhost", 1) + "/callback")
	stranger.do(started(fmt.Sprintf(appSays, h.Base())))
	stranger.awaitTrue(`typeof window.told === "string"`)
	if got := ask[string](stranger, `window.told`); !strings.Contains(got, "Failed to fetch") {
		t.Errorf("a page of another origin says: %s", got)
	}
}

// started is a script that goes on by itself.
func started(script string) chromedp.Action[chromedp.Void] {
	return void(chromedp.Evaluate[any]("void " + script))
}
