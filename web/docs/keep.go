package docs

// KeepView is how much a processor keeps.
type KeepView struct {
	Frame
	Run, Age, Archive, List, Gone, Check string // what one may copy, and what comes back
}

func keepPage(base string) KeepView {
	return KeepView{
		Frame:   Frame{Section: "keep"},
		Run:     "processor --keep 1000",
		Age:     "processor --keep 90d --archive /var/lib/sandbank/archive",
		Archive: `jq -c '{id: .payment.id, status: .payment.status, events: (.events | length), entries: [.entries[].number]}' /var/lib/sandbank/archive/payments-*.jsonl`,
		List: `TOKEN=$(curl -s ` + base + `/oauth/token -d grant_type=client_credentials -d client_id=demo-shop -d client_secret=demo-shop-secret | jq -r .access_token)
curl -s "` + base + `/v1/payments?limit=1" -H "Authorization: Bearer $TOKEN" | jq '{next_cursor, older_let_go}'`,
		Gone: `{"status": 410, "code": "payment_gone",
 "detail": "The payment \"pay_01890a5d-ac96-774b-bcce-b302099a8057\" is older than what is kept here. It was let go, if it ever was.", …}`,
		Check: "processor check --data /var/lib/sandbank",
	}
}
