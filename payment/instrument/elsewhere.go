package instrument

import (
	"slices"

	"sandbank/payment/reason"
)

// elsewhere are further numbers that processors publish for their sandboxes, with
// the outcome that they have there. Where two of them publish one number with
// different outcomes, the first of this list counts.
var elsewhere = []TestNumber{
	// Stripe, docs.stripe.com/testing
	{"4000056655665556", "visa", Neutral, "", "approved"},
	{"2223003122003222", "mastercard", Neutral, "", "approved"},
	{"5200828282828210", "mastercard", Neutral, "", "approved"},
	{"5105105105105100", "mastercard", Neutral, "", "approved"},
	{"371449635398431", "amex", Neutral, "", "approved"},
	{"6011111111111117", "discover", Neutral, "", "approved"},
	{"6011000990139424", "discover", Neutral, "", "approved"},
	{"6011981111111113", "discover", Neutral, "", "approved"},
	{"3056930009020004", "diners", Neutral, "", "approved"},
	{"36227206271667", "diners", Neutral, "", "approved"},
	{"3566002020360505", "jcb", Neutral, "", "approved"},
	{"6200000000000005", "unionpay", Neutral, "", "approved"},
	{"4000002760003184", "visa", Challenge, "", "the bank asks the customer to confirm"},
	{"4000000000003220", "visa", Challenge, "", "the bank asks the customer to confirm"},
	// Adyen, docs.adyen.com/development-resources/testing/test-card-numbers
	{"4111111145551142", "visa", Neutral, "", "approved"},
	{"4988438843884305", "visa", Neutral, "", "approved"},
	{"4166676667666746", "visa", Neutral, "", "approved"},
	{"4646464646464644", "visa", Neutral, "", "approved"},
	{"5555444433331111", "mastercard", Neutral, "", "approved"},
	{"2222410740360010", "mastercard", Neutral, "", "approved"},
	{"5555341244441115", "mastercard", Neutral, "", "approved"},
	{"370000000000002", "amex", Neutral, "", "approved"},
	{"6011601160116611", "discover", Neutral, "", "approved"},
	{"36006666333344", "diners", Neutral, "", "approved"},
	{"3569990010095841", "jcb", Neutral, "", "approved"},
	{"6771798021000008", "maestro", Neutral, "", "approved"},
	// Adyen, the tests of its libraries for phones: github.com/Adyen/adyen-ios, github.com/Adyen/adyen-android. The last
	// two ask for a challenge in those of its library for browsers: github.com/Adyen/adyen-web,
	// packages/e2e-playwright/tests/utils/constants.ts, before and since pull request 4069
	{"2223000048410010", "mastercard", Neutral, "", "approved"},
	{"2223520443560010", "mastercard", Neutral, "", "approved"},
	{"2222400070000005", "mastercard", Neutral, "", "approved"},
	{"5100081112223332", "mastercard", Neutral, "", "approved"},
	{"5103221911199245", "mastercard", Neutral, "", "approved"},
	{"5100290029002909", "mastercard", Neutral, "", "approved"},
	{"5577000055770004", "mastercard", Neutral, "", "approved"},
	{"5136333333333335", "mastercard", Neutral, "", "approved"},
	{"5585558555855583", "mastercard", Neutral, "", "approved"},
	{"5424000000000015", "mastercard", Neutral, "", "approved"},
	{"4400000000000008", "visa", Neutral, "", "approved"},
	{"4977949494949497", "visa", Neutral, "", "approved"},
	{"4035501000000008", "visa", Neutral, "", "approved"},
	{"4360000001000005", "visa", Neutral, "", "approved"},
	{"370000000100018", "amex", Neutral, "", "approved"},
	{"36070500001020", "diners", Neutral, "", "approved"},
	{"6445644564456445", "discover", Neutral, "", "approved"},
	{"6250946000000016", "unionpay", Neutral, "", "approved"},
	{"6250947000000014", "unionpay", Neutral, "", "approved"},
	{"6243030000000001", "unionpay", Neutral, "", "approved"},
	{"4212345678910006", "visa", Challenge, "", "the bank asks the customer to confirm"},
	{"5454545454545454", "mastercard", Challenge, "", "the bank asks the customer to confirm"},
	// Braintree, developer.paypal.com/braintree/docs/reference/general/testing
	{"4111111111111111", "visa", Neutral, "", "approved"},
	{"4012888888881881", "visa", Neutral, "", "approved"},
	{"4009348888881881", "visa", Neutral, "", "approved"},
	{"4005519200000004", "visa", Neutral, "", "approved"},
	{"4012000033330026", "visa", Neutral, "", "approved"},
	{"4012000077777777", "visa", Neutral, "", "approved"},
	{"4217651111111119", "visa", Neutral, "", "approved"},
	{"4500600000000061", "visa", Neutral, "", "approved"},
	{"2223000048400011", "mastercard", Neutral, "", "approved"},
	{"36259600000004", "diners", Neutral, "", "approved"},
	{"3530111333300000", "jcb", Neutral, "", "approved"},
	{"6304000000000000", "maestro", Neutral, "", "approved"},
	{"4000111111111115", "visa", Decline, reason.DoNotHonor, "declined, no reason given"},
	// GOV.UK Pay, docs.payments.service.gov.uk/testing_govuk_pay
	{"4444333322221111", "visa", Neutral, "", "approved"},
	{"4988080000000000", "visa", Neutral, "", "approved"},
	{"4000160000000004", "visa", Neutral, "", "approved"},
	{"4131840000000003", "visa", Neutral, "", "approved"},
	{"4000620000000007", "visa", Neutral, "", "approved"},
	{"5101110000000004", "mastercard", Neutral, "", "approved"},
	{"36148900647913", "diners", Neutral, "", "approved"},
	{"6759649826438453", "maestro", Decline, reason.NotPermitted, "declined, the card may not be used for this"},
	// Mollie, docs.mollie.com/docs/testing
	{"4543474002249996", "visa", Neutral, "", "approved"},
	{"2223000010479399", "mastercard", Neutral, "", "approved"},
	// Billwerk and Paymill, optimize-docs.billwerk.com/reference/testing, developers.paymill.com/guides/reference/testing
	{"5500000000000004", "mastercard", Neutral, "", "approved"},
	{"340000000000009", "amex", Neutral, "", "approved"},
	{"30000000000004", "diners", Neutral, "", "approved"},
	{"4973010000000004", "visa", Neutral, "", "approved"},
}

// Usual lists the card numbers that a page offers: one for each outcome and brand
// that the tables of most processors begin with.
func Usual() []TestNumber { return slices.Clone(usual) }

// cards are all accepted card numbers.
var cards = slices.Concat(usual, elsewhere)
