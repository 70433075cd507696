package docs

// SignInView is how programs and people get access.
type SignInView struct {
	Frame
	Server, Narrow, App, Exchange, Revoke, Run string // commands that one may copy
}

func signIn(base string) SignInView {
	return SignInView{
		Frame:  Frame{Section: "sign-in"},
		Server: "curl -s -u demo-shop:demo-shop-secret -d grant_type=client_credentials " + base + "/oauth/token",
		Narrow: "curl -s -u demo-shop:demo-shop-secret -d grant_type=client_credentials -d scope=payments:read " + base + "/oauth/token",
		App: base + "/oauth/authorize?response_type=code&client_id=demo-app&redirect_uri=http://127.0.0.1:51004/callback\n" +
			"  &scope=payments:read&state=f3Qx&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
		Exchange: "curl -s " + base + "/oauth/token -d grant_type=authorization_code -d client_id=demo-app \\\n" +
			"  -d redirect_uri=http://127.0.0.1:51004/callback -d code=$CODE -d code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
		Revoke: "curl -s -u demo-shop:demo-shop-secret -d token=$TOKEN " + base + "/oauth/revoke",
		Run: "processor --sign-in always --person ann:$PASSWORD:operator --person bob:$OTHER:merchant_reader:shop-a \\\n" +
			"  --app my-app:https://app.example/back",
	}
}
