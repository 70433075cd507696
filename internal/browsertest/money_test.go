package browsertest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"sandbank/identity"
	"sandbank/merchant/client"
	"sandbank/money"
)

// The cards whose payments are disputed once they are captured.
const (
	lostCard = "4000 0000 0000 0259"
	wonCard  = "4000 0000 0000 2685"
)

// soon asks until the answer is yes.
func soon(t testing.TB, what string, ask func(context.Context) (bool, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		yes, err := ask(ctx)
		if yes {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("not within %s: %s (%v)", patience, what, err)
		}
	}
}

// operator is a client of the house that may work on everybody's money.
func (h *house) operator(t *testing.T) *client.Client {
	t.Helper()
	c, err := client.New(client.Config{Base: h.Base(), ID: identity.DemoOperator.ID, Secret: identity.DemoOperator.Secret})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// heard waits until the merchant has n events of a type.
func (h *house) heard(t *testing.T, kind string, times int) {
	t.Helper()
	soon(t, kind, func(ctx context.Context) (bool, error) {
		n, after := 0, int64(0)
		for {
			page, err := h.EventsAfter(ctx, after, 100)
			if err != nil || len(page.Data) == 0 {
				return n >= times, err
			}
			for _, e := range page.Data {
				if e.Type == kind {
					n++
				}
			}
			after = page.NextAfter
		}
	})
}

// manual leaves the capture to the merchant.
func manual(n *client.NewPayment) { n.Capture = "manual" }

// acted is a payment whose customer paid with a card, at command, and which ended as it should: what customers do in the
// browser has tests of its own.
func (h *house) acted(t *testing.T, card string, want client.Status, change ...func(*client.NewPayment)) client.Payment {
	t.Helper()
	p := h.pay(t, change...)
	_, err := h.Act(t.Context(), p.ID, client.Act{Action: "pay", Card: card})
	if err == nil {
		p, err = h.Await(t.Context(), p.ID, patience)
	}
	if err != nil || p.Status != want {
		t.Fatalf("paid with %s: %s, %v; want %s", card, p.Status, err, want)
	}
	return p
}

// paid is a payment that was captured.
func (h *house) paid(t *testing.T, card string, change ...func(*client.NewPayment)) client.Payment {
	t.Helper()
	return h.acted(t, card, client.Captured, change...)
}

// day is what money went through: the ids of one of each.
type day struct {
	refunded, held, disputed client.Payment
	broken, fits, payout     string
}

// traded is a day of captures, refunds and disputes, settled with a break of each
// kind and paid out.
func (h *house) traded(t *testing.T) (d day) {
	t.Helper()
	d.refunded = h.paid(t, goodCard, sale("64.00", "SANDNL2A"))
	d.held = h.acted(t, goodCard, client.Authorized, sale("250.00", "SANDNL2A"), manual)
	d.disputed = h.paid(t, lostCard, sale("1249.00", "SANDNL2A"))
	h.paid(t, wonCard, sale("18.25", "SANDNL2A"))
	for _, value := range []string{"42.00", "7.50", "129.90", "23.80", "19.99", "8.01"} {
		h.paid(t, goodCard, sale(value, "MISCBE2A"))
	}
	for _, value := range []string{"5.00", "12.50"} {
		part := money.Must(value, "EUR")
		if _, err := h.Refund(t.Context(), d.refunded.ID, client.NewOperation{Amount: &part}, ""); err != nil {
			t.Fatal(err)
		}
		h.heard(t, "refund.succeeded", map[string]int{"5.00": 1, "12.50": 2}[value])
	}
	part := money.Must("100.00", "EUR")
	if _, err := h.Capture(t.Context(), d.held.ID, client.NewOperation{Amount: &part}, ""); err != nil {
		t.Fatal(err)
	}
	h.heard(t, "capture.succeeded", 1)
	h.heard(t, "dispute.opened", 2)
	h.settled(t, &d)
	return d
}

// settled ends the day at both banks, and pays out.
func (h *house) settled(t *testing.T, d *day) {
	t.Helper()
	operator := h.operator(t)
	for _, bank := range []string{"SANDNL2A", "MISCBE2A"} {
		if err := operator.Settle(t.Context(), bank); err != nil {
			t.Fatal(err)
		}
	}
	soon(t, "the batches are matched", func(ctx context.Context) (bool, error) {
		page, err := operator.Settlements(ctx, "", 100)
		for _, s := range page.Data {
			switch {
			case s.Lines == 0:
			case s.Status == "broken":
				d.broken = s.ID
			case s.Status == "matched":
				d.fits = s.ID
			}
		}
		return d.broken != "" && d.fits != "", err
	})
	made, err := operator.PayOut(t.Context())
	if err != nil || len(made) != 1 {
		t.Fatalf("paid out: %+v, %v", made, err)
	}
	d.payout = made[0].ID
}

func TestMoney_EveryPage(t *testing.T) {
	t.Parallel()
	h := ownHouse(t, "--seed", "11")
	b := open(t)
	none := []struct{ path, words string }{
		{"/settlements", "No bank has settled yet"}, {"/payouts", "Nothing was paid out yet"}, {"/disputes", "None. Pay with"}, {"/ledger", "Nothing is booked yet"},
	}
	for _, page := range none {
		b.visit(h.Base() + page.path)
		b.await(`//p[contains(., "` + page.words + `")]`)
		b.inspect("money-none" + strings.ReplaceAll(page.path, "/", "-"))
	}
	d := h.traded(t)
	for _, page := range []struct{ name, path, sees string }{
		{"settlements", "/settlements", `//td[contains(., "Has breaks")]`},
		{"settlement-breaks", "/settlements/" + d.broken, `//button[.="Ask the bank"]`},
		{"settlement", "/settlements/" + d.fits, `//p[contains(., "Every line fits")]`},
		{"payouts", "/payouts", `//a[@href="/payouts/` + d.payout + `"]`},
		{"payout", "/payouts/" + d.payout, `//dt[.="Paid out"]`},
		{"disputes", "/disputes", `//td[contains(., "Needs response")]`},
		{"breaks", "/breaks?status=open", `//td[contains(., "Wrong amount")]`},
		{"reconciliation", "/reconciliation", `//td[contains(., "Explained")]`},
		{"ledger", "/ledger", `//code[.="bank:MISCBE2A:breaks"]`},
		{"statement", "/ledger/accounts/bank:SANDNL2A:receivable", `//h2[.="Statement"]`},
		{"banks", "/banks", `//h2[.="Miscount Bank"]`},
		{"payment-refunded", "/payments/" + d.refunded.ID, `//strong[.="refund.succeeded"]`},
		{"payment-captured-in-part", "/payments/" + d.held.ID, `//strong[.="capture.succeeded"]`},
		{"payment-disputed", "/payments/" + d.disputed.ID, `//strong[.="dispute.opened"]`},
	} {
		b.visit(h.Base() + page.path)
		b.await(page.sees)
		b.inspect("money-" + page.name)
	}
	b.visit(h.Base() + "/disputes")
	b.click(byCSS("td a[href^='/disputes/']"))
	b.awaitHeading("Dispute over")
	b.inspect("money-dispute")
	figures(t, b, h.Base()+"/payouts/"+d.payout)
}

// TestMoney_Hands works on money as people do: a bank goes and comes back, a part
// of a capture is refunded, and a refusal shows its reason and keeps the input.
func TestMoney_Hands(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"hands", "noscript-hands"} {
		h, b := ownHouse(t, "--seed", "12"), open(t)
		if name == "noscript-hands" {
			b.withoutScript()
		}
		p := h.paid(t, goodCard, sale("64.00", "SANDNL2A"))
		b.expectStatus(422)
		b.visit(h.Base() + "/payments/" + p.ID)
		b.fill("refund-amount", "64.01")
		b.pressTo("Refund")
		b.await(`//span[@id="refund-amount-error"][contains(., "no more than 64.00 EUR left")]`)
		if got := ask[string](b, `document.getElementById("refund-amount").value`); got != "64.01" {
			t.Errorf("%s: came back with %q", name, got)
		}
		b.inspect(name + "-refused")
		b.fill("refund-amount", "20.50")
		b.pressTo("Refund")
		h.heard(t, "refund.succeeded", 1)
		b.visit(h.Base() + "/payments/" + p.ID)
		b.await(`//li[contains(., "Refund")][contains(., "€20.50")][contains(., "Succeeded")]`)
		if got := ask[string](b, `document.getElementById("refund-amount").value`); got != "43.50" {
			t.Errorf("%s: what is left is given as %q", name, got)
		}
		b.visit(h.Base() + "/banks")
		b.atBank("CHALES2A", "Take offline")
		b.await(`//p[contains(., "It was told to go offline")]`)
		h.bankIs(t, "CHALES2A", false)
		if b.noScript {
			b.visit(h.Base() + "/banks")
		}
		b.await(`//li[@id="bank-CHALES2A"]//button[.="Bring online"]`)
		b.inspect(name + "-bank-offline")
		b.atBank("CHALES2A", "Bring online")
		h.bankIs(t, "CHALES2A", true)
	}
}

// atBank presses a button of a bank's card.
func (b *tab) atBank(bic, words string) {
	b.t.Helper()
	b.clickTo(byXPath(`//li[@id="bank-` + bic + `"]//button[.="` + words + `"]`))
}

func (h *house) bankIs(t *testing.T, bic string, online bool) {
	t.Helper()
	soon(t, "the bank comes or goes", func(ctx context.Context) (bool, error) {
		list, err := h.Banks(ctx)
		return slices.ContainsFunc(list, func(b client.Bank) bool { return b.Identifier == bic && b.Online == online }), err
	})
}

// TestMoney_BreakByKeyboardAlone plants a break, has the bank settle, and writes the
// break off, without a mouse.
func TestMoney_BreakByKeyboardAlone(t *testing.T) {
	t.Parallel()
	h := ownHouse(t, "--seed", "13")
	b := open(t)
	h.paid(t, goodCard, sale("64.00", "SANDNL2A"))
	b.expectStatus(422)
	b.visit(h.Base() + "/banks")
	b.tabToWords("Plant a break at Prompt Bank")
	b.key("\r")
	b.tabTo("kind-SANDNL2A")
	b.key("M")
	b.tabTo("currency-SANDNL2A")
	b.key(kb.Tab + "\r")
	b.await(`//p[contains(., "It was told to put the break")]`)
	b.inspect("money-planted")
	b.tabUntil("Settle now", `e => e.matches("#bank-SANDNL2A form button")`)
	b.key("\r")
	b.await(`//p[contains(., "It was told to settle")]`)
	soon(t, "a break", func(ctx context.Context) (bool, error) {
		b.visit(h.Base() + "/breaks?status=open")
		return ask[bool](b, `document.querySelector("td a[href^='/breaks/']") !== null`), ctx.Err()
	})
	b.tabToWords("Missing")
	b.key("\r")
	b.awaitHeading("Missing")
	b.inspect("money-break")
	b.tabTo("note")
	b.key("\r")
	b.await(`//span[@id="note-error"][contains(., "Say why")]`)
	b.inspect("money-break-refused")
	b.awaitTrue(`document.activeElement.id === "note"`)
	b.key("The bank is gone.\r")
	b.await(`//dd[contains(., "The bank is gone.")]`)
	b.inspect("money-break-written-off")
}

// figures holds sums of money to stand in columns: of one width each, to the right.
func figures(t *testing.T, b *tab, url string) {
	t.Helper()
	b.visit(url)
	b.await(`//td[contains(@class, "money")]`)
	styles := ask[[]string](b, `[...document.querySelectorAll("td.money")].map(e => getComputedStyle(e)).map(s => s.textAlign + " " + s.fontVariantNumeric + " " + s.whiteSpace)`)
	if slices.Sort(styles); len(slices.Compact(styles)) != 1 || styles[0] != "end tabular-nums nowrap" {
		t.Errorf("sums stand as %q", styles)
	}
}
