package browsertest

import (
	"strings"
	"testing"
)

// TestSignIn_FromDoorToDoor signs in to the dashboard as people do, and out again.
func TestSignIn_FromDoorToDoor(t *testing.T) {
	t.Parallel()
	h := ownHouse(t, "--sign-in", "always")
	p := h.pay(t)
	b := open(t)
	b.visit(h.Base() + "/payments/" + p.ID)
	b.awaitHeading("Sign in")
	b.inspect("sign-in")
	b.expectStatus(422)
	b.fill("name", "operator", "password", "guessed")
	b.pressTo("Sign in")
	b.await(`//p[contains(., "The name or the password is not right.")]`)
	b.inspect("sign-in-error")
	b.click(byCSS(`[aria-label="Use operator"]`))
	b.pressTo("Sign in")
	b.await(`//h1[contains(., "` + p.Reference + `") or contains(., "Created")]`)
	b.await(`//form[contains(., "operator")]//button[.="Sign out"]`)
	b.inspect("signed-in")
	b.pressTo("Sign out")
	b.awaitHeading("You are signed out")
	b.inspect("signed-out")
	b.visit(h.Base() + "/")
	b.awaitHeading("Sign in")
}

// TestSignIn_WithoutScript sees what is its merchant's, and no more.
func TestSignIn_WithoutScript(t *testing.T) {
	t.Parallel()
	h := ownHouse(t, "--sign-in", "always")
	p := h.pay(t)
	b := open(t).withoutScript()
	b.visit(h.Base() + "/")
	b.fill("name", "demo-reader", "password", "demo-reader-password")
	b.pressTo("Sign in")
	b.awaitHeading("Payments")
	b.await(`//a[.="` + p.Reference + `"]`)
	b.expectStatus(403)
	b.visit(h.Base() + "/ledger")
	b.awaitHeading("Not for your role")
	b.inspect("sign-in-forbidden")
}

// TestSignIn_ToAnApp shows what an app asks for, and sends nobody to a stranger.
func TestSignIn_ToAnApp(t *testing.T) {
	t.Parallel()
	h := sharedHouse(t)
	b := open(t)
	const ask = "/oauth/authorize?response_type=code&client_id=demo-app&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&scope=payments:read+events:read&redirect_uri="
	back := strings.Replace(shared.shop().URL, "localhost", "127.0.0.1", 1) + "/callback"
	b.visit(h.Base() + ask + back)
	b.awaitHeading("Sign in")
	b.await(`//li[contains(., "hear of results")]`)
	b.inspect("sign-in-app")
	b.click(byCSS(`[aria-label="Use demo-merchant"]`))
	b.pressTo("Sign in")
	b.awaitHeading("Thank you")
	b.awaitTrue(`new URLSearchParams(location.search).get("code").length > 20`)
	b.expectStatus(400)
	b.visit(h.Base() + ask + "http://evil.example/callback")
	b.awaitHeading("This sign-in cannot go on")
	b.inspect("sign-in-stranger")
}
