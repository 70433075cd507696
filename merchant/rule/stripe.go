package rule

// Stripe lists the rules for a server that was written for Stripe, in the order in which they are reported: the
// house's own in Stripe's words, without that on thin bodies, which Stripe's snapshots are not, and two more.
func Stripe() []Rule {
	var list []Rule
	for _, r := range rules {
		if r.ID == Thin {
			continue
		}
		if with, has := inStripesWords[r.ID]; has {
			r.Tried, r.Mend = with.Tried, with.Mend
		}
		if list = append(list, r); r.ID == Signature {
			list = append(list, rawBody)
		}
		if r.ID == Duplicates {
			list = append(list, asyncPayment)
		}
	}
	return list
}

// StripeIDs lists their ids.
func StripeIDs() []ID { return ids(Stripe()) }

var rawBody = Rule{
	Raw, "Verifies the bytes as they came",
	"A webhook with unusual spaces comes rightly signed. Another one is signed, and then its spaces are changed.",
	"The signature is over bytes. A framework that parses the body and writes it again verifies something else, which fits until a number or a space is written otherwise.",
	"Give constructEvent the raw body: express.raw for this route, request.body in Django, io.ReadAll in Go.",
}

var asyncPayment = Rule{
	Later, "Tells completed from paid",
	"Two customers pay by bank account: checkout.session.completed comes at once with payment_status unpaid. A minute later one has paid, and the other one's bank has declined.",
	"A session of a delayed method completes before there is money, and sometimes there never is any.",
	"Fulfil on checkout.session.completed only where payment_status is paid, and otherwise on checkout.session.async_payment_succeeded.",
}

// inStripesWords are the members that speak of what is sent, where Stripe's API has other words for it.
var inStripesWords = map[ID]Rule{
	Signature: {
		Tried: "checkout.session.completed says that an unpaid order is paid. It is signed with another secret; then it comes with no signature.",
		Mend:  "Verify Stripe-Signature with your library's constructEvent and the endpoint's whsec_, and answer 400 where it does not fit.",
	},
	Timestamp: {
		Tried: "The same event comes with the right secret, and was signed ten minutes ago.",
		Mend:  "Leave constructEvent its tolerance of five minutes. The t of Stripe-Signature is part of what is signed.",
	},
	Duplicates: {
		Tried: "Each webhook of a paid order comes twice at the same moment, and checkout.session.completed twice more.",
		Mend:  "Keep the event's id in the same transaction as its effect, under a unique index, and answer 2xx to one that is there already.",
	},
	Reordering: {
		Tried: "A card is declined, and a second one pays. payment_intent.payment_failed comes a minute after checkout.session.completed.",
		Mend:  "Stripe promises no order. Retrieve the session and go by what it says now, or let nothing that is told of a try undo what is paid.",
	},
	ReturnURL: {
		Tried: "The customer opens the success_url, with the session's id in it, and has not paid.",
		Mend:  "Retrieve the session on that page. Only its payment_status, or a verified webhook, makes the order paid.",
	},
	Missed: {
		Tried: "A session is paid, and its webhooks are lost for good.",
		Mend:  "Retrieve the session of each order that was not heard of for some time, and when its customer is on the success_url.",
	},
	Abandoned: {
		Tried: "The customer never pays. The session's time runs out, and checkout.session.expired is told once.",
		Mend:  "Cancel the order on checkout.session.expired, or when a session that you retrieve has the status expired.",
	},
	Captured: {
		Tried: "Payments are declined, fail, are canceled, or stay with a bank that says nothing. Each is told by webhook.",
		Mend:  "Ship when payment_status is paid and amount_total is the order's, and on nothing else. Treat a type that you do not know as no news.",
	},
	Returned: {
		Tried: "One paid order is refunded in whole, another one is disputed.",
		Mend:  "Listen to charge.refunded and charge.dispute.created, and take such an order out of what is to be shipped.",
	},
	Outage: {
		Tried: "For 24 hours no webhook reaches you, and you cannot reach Stripe's API. A session is paid, and another one refunded. Then all is well again, and what failed is sent once more.",
		Mend:  "Never close an order because nobody could be asked. When you are back, retrieve the sessions of open orders, read GET /v1/events, and take events of any age.",
	},
}
