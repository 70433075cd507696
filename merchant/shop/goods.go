package shop

import (
	"github.com/shopspring/decimal"

	"sandbank/money"
	"sandbank/web/look"
)

// good is one thing on the shelf.
type good struct {
	slug, name, note, alt string
	price                 money.Amount
}

const currency = money.Currency("EUR")

func goods() []good {
	return []good{
		{"mug", "Sea mug", "Holds tea, and a small tide.", "A blue mug with waves on it", money.Must("9.99", currency)},
		{"towel", "Beach towel", "Striped, and never quite free of sand.", "A striped towel on the sand", money.Must("24.00", currency)},
		{"bucket", "Bucket and spade", "Builds banks.", "A yellow bucket full of sand, and a spade", money.Must("7.51", currency)},
		{"kite", "Kite", "For what cannot be held for long.", "A kite in the wind", money.Must("32.50", currency)},
	}
}

func find(slug string) (good, bool) {
	for _, g := range goods() {
		if g.slug == slug {
			return g, true
		}
	}
	return good{}, false
}

// times is the price of several.
func (g good) times(quantity int) money.Amount {
	return money.Of(g.price.Decimal().Mul(decimal.NewFromInt(int64(quantity))), g.price.Currency())
}

func (g good) view() Product {
	return Product{Slug: g.slug, Name: g.name, Note: g.note, Price: inWords(g.price), Image: ArtPath(g.slug), Alt: g.alt}
}

func inWords(a money.Amount) string { return look.Money(a.Value(), string(a.Currency())) }
