package money

import (
	"sort"
	"strings"
)

// Currency is an ISO 4217 alphabetic code that [Currency.Known] knows.
type Currency string

// The active codes of ISO 4217 List One in its 2025 form, by number of decimals
// of the minor unit. Funds codes, precious metals and testing codes are left
// out, since nobody pays with them. The standard's exponents apply even where
// the minor unit has gone out of use (IDR, COP) or never was decimal (MGA, MRU).
var byDecimals = map[int32]string{
	0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
	2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD " +
		"CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP " +
		"GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD " +
		"LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB " +
		"PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC " +
		"SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG",
	3: "BHD IQD JOD KWD LYD OMR TND",
}

var decimalsOf = func() map[Currency]int32 {
	table := map[Currency]int32{}
	for decimals, codes := range byDecimals {
		for code := range strings.FieldsSeq(codes) {
			table[Currency(code)] = decimals
		}
	}
	return table
}()

// Known reports whether c is an active ISO 4217 currency.
func (c Currency) Known() bool { _, ok := decimalsOf[c]; return ok }

// Decimals returns the number of digits of the minor unit: JPY 0, EUR 2, BHD 3.
// It is 0 for an unknown currency.
func (c Currency) Decimals() int32 { return decimalsOf[c] }

// Currencies lists every known currency, in alphabetic order.
func Currencies() []Currency {
	list := make([]Currency, 0, len(decimalsOf))
	for c := range decimalsOf {
		list = append(list, c)
	}
	sort.Slice(list, func(i, j int) bool { return list[i] < list[j] })
	return list
}
