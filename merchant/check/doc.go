// Package check grades a merchant's own server. It has payments begun there, has their customers and
// banks do all that they may do, tells of it in every way in which webhooks go wrong, or not at all,
// and looks at what the merchant's order says in the end. The rules are those of package rule.
//
//	grader ── begin ──▶ merchant's server ── POST /v1/payments ──▶ gateway ──▶ Sandbank
//	   │                  ▲        ▲                                              │
//	   │  forged webhooks ┘        └───────────────── webhooks ──────────────────┘
//	   │                                                                          ▲
//	   ├── GET the order's URL: what does it say?                                 │
//	   └── what customer and bank do, and simulated time ────────────────────────┘
//
// It knows of the merchant's server three addresses: one that begins a payment, one of the order,
// one of the webhooks. It takes the computer's time where the merchant's server does: how long an
// answer takes, and how long an order is waited for.
package check
