package stripe

import "strings"

// ignored are the parameters that Stripe's routes take and that mean nothing here, by route. A request that has one is
// answered as if it had not, and told so in [IgnoredHeader]; the docs list them.
var ignored = map[string]string{
	"POST /v1/charges":                      "application_fee application_fee_amount destination on_behalf_of radar_options transfer_data",
	"POST /v1/charges/{id}/capture":         "application_fee application_fee_amount transfer_data",
	"GET /v1/checkout/sessions":             "customer_account payment_link subscription",
	"POST /v1/checkout/sessions":            "adaptive_pricing after_expiration allow_promotion_codes automatic_tax branding_settings consent_collection custom_fields custom_text customer_account customer_update discounts excluded_payment_method_types integration_identifier invoice_creation managed_payments name_collection optional_items origin_context payment_method_collection payment_method_configuration payment_method_options permissions phone_number_collection redirect_on_completion saved_payment_method_options setup_intent_data shipping_address_collection shipping_options subscription_data tax_id_collection wallet_options",
	"POST /v1/checkout/sessions/{id}":       "collected_information shipping_options",
	"POST /v1/customers":                    "business_name cash_balance individual_name invoice_settings next_invoice_sequence tax tax_id_data",
	"POST /v1/customers/{id}":               "bank_account business_name cash_balance default_alipay_account default_bank_account default_card default_source individual_name invoice_settings next_invoice_sequence tax",
	"GET /v1/events":                        "delivery_success",
	"GET /v1/payment_intents":               "customer_account",
	"POST /v1/payment_intents":              "allowed_payment_method_types amount_details application_fee_amount confirmation_token customer_account error_on_requires_action excluded_payment_method_types hooks mandate mandate_data on_behalf_of payment_details payment_method_configuration payment_method_options radar_options transfer_data use_stripe_sdk",
	"POST /v1/payment_intents/{id}":         "allowed_payment_method_types amount_details application_fee_amount customer_account excluded_payment_method_types hooks payment_details payment_method_configuration payment_method_options transfer_data",
	"POST /v1/payment_intents/{id}/capture": "amount_details application_fee_amount hooks payment_details transfer_data",
	"POST /v1/payment_intents/{id}/confirm": "allowed_payment_method_types amount_details amount_to_confirm confirmation_token error_on_requires_action excluded_payment_method_types hooks mandate mandate_data payment_details payment_method_options radar_options use_stripe_sdk",
	"GET /v1/payment_methods":               "allow_redisplay customer_account",
	"POST /v1/payment_methods":              "acss_debit affirm afterpay_clearpay alipay allow_redisplay alma amazon_pay au_becs_debit bacs_debit bancontact billie bizum blik boleto cashapp crypto custom customer_balance eps fpx giropay grabpay ideal interac_present kakao_pay klarna konbini kr_card mb_way mobilepay multibanco naver_pay nz_bank_account oxxo p24 pay_by_bank payco paynow paypal payto pix promptpay radar_options revolut_pay samsung_pay satispay scalapay sofort sunbit swish twint upi us_bank_account wechat_pay zip",
	"POST /v1/payment_methods/{id}":         "allow_redisplay payto us_bank_account",
	"POST /v1/payment_methods/{id}/attach":  "customer_account",
	"GET /v1/payouts":                       "arrival_date destination",
	"POST /v1/payouts":                      "destination method payout_method source_type",
	"GET /v1/prices":                        "lookup_keys",
	"POST /v1/prices":                       "currency_options custom_unit_amount tiers tiers_mode transfer_lookup_key transform_quantity",
	"POST /v1/prices/{id}":                  "currency_options transfer_lookup_key",
	"GET /v1/products":                      "ids",
	"POST /v1/products":                     "default_price_data marketing_features package_dimensions",
	"POST /v1/products/{id}":                "marketing_features package_dimensions",
	"POST /v1/refunds":                      "instructions_email origin refund_application_fee reverse_transfer",
	"POST /v1/webhook_endpoints":            "connect",
}

// Ignored are the parameters of a route that mean nothing here.
func Ignored(route string) []string { return strings.Fields(ignored[route]) }
