package processor

import (
	"sandbank/fault"
	"sandbank/money"
	"sandbank/processor/routing"
)

// Banks lists the banks that have been heard of, by identifier, as they stand now.
func (p *Processor) Banks() []routing.Bank { return p.config.Banks.Banks() }

// Bank finds a bank that has been heard of, online or not; [fault.NotFound] where
// there is none.
func (p *Processor) Bank(bic string) (routing.Bank, error) {
	b, known := p.config.Banks.Find(bic)
	if !known {
		return b, fault.New(fault.NotFound, "bank_not_found", "There is no bank %q.", bic).
			Hinting("GET /v1/banks lists those that have been heard of.")
	}
	return b, nil
}

// BankName is the bank's own name, "" for a bank that was never heard.
func (p *Processor) BankName(bic string) string { return p.config.Banks.Name(bic) }

// CheckBank says why a customer cannot pay in a currency at the bank with this
// identifier; nil where that is possible. Its errors point at the given field.
func (p *Processor) CheckBank(bic string, c money.Currency, at string) error {
	_, err := p.config.Banks.Check(bic, c, at)
	return err
}
