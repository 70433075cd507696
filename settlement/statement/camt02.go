package statement

import (
	"encoding/xml"
	"time"
)

// What follows are the elements of camt.053.001.02, where it differs from .08:
// dates of bookings are plain, a status is a word, a transaction has its amount in
// its details and no sign, and a bank's identifier is a BIC.
type (
	camt053v2 struct {
		XMLName xml.Name `xml:"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02 Document"`
		Header  header   `xml:"BkToCstmrStmt>GrpHdr"`
		Report  reportV2 `xml:"BkToCstmrStmt>Stmt"`
	}
	reportV2 struct {
		ID        string      `xml:"Id"`
		Sequence  int         `xml:"ElctrncSeqNb"`
		Created   time.Time   `xml:"CreDtTm"`
		Period    *period     `xml:"FrToDt"`
		Account   accountV2   `xml:"Acct"`
		Balances  []balance   `xml:"Bal"`
		Summary   summaryV2   `xml:"TxsSummry"`
		Entries   []bookingV2 `xml:"Ntry"`
		Statement string      `xml:"AddtlStmtInf,omitempty"`
	}
	accountV2 struct {
		ID       string `xml:"Id>Othr>Id"`
		Currency string `xml:"Ccy"`
		Name     string `xml:"Nm"`
		Bank     string `xml:"Svcr>FinInstnId>BIC"`
	}
	summaryV2 struct {
		Entries int    `xml:"TtlNtries>NbOfNtries"`
		Sum     string `xml:"TtlNtries>Sum"`
		Net     string `xml:"TtlNtries>TtlNetNtryAmt"`
		Sign    string `xml:"TtlNtries>CdtDbtInd"`
		Credits total  `xml:"TtlCdtNtries"`
		Debits  total  `xml:"TtlDbtNtries"`
	}
	bookingV2 struct {
		Number    int             `xml:"NtryRef"`
		Amount    amount          `xml:"Amt"`
		Sign      string          `xml:"CdtDbtInd"`
		Reversal  bool            `xml:"RvslInd,omitempty"`
		Status    string          `xml:"Sts"`
		Booked    string          `xml:"BookgDt>Dt"`
		Value     string          `xml:"ValDt>Dt"`
		Reference string          `xml:"AcctSvcrRef"`
		Code      code            `xml:"BkTxCd>Domn"`
		Batch     batch           `xml:"NtryDtls>Btch"`
		Details   []transactionV2 `xml:"NtryDtls>TxDtls"`
		Info      string          `xml:"AddtlNtryInf"`
	}
	transactionV2 struct {
		Instruction string    `xml:"Refs>InstrId"`
		EndToEnd    string    `xml:"Refs>EndToEndId"`
		Amount      amount    `xml:"AmtDtls>TxAmt>Amt"`
		Charge      *chargeV2 `xml:"Chrgs"`
		Remittance  []string  `xml:"RmtInf>Ustrd"`
		Accepted    time.Time `xml:"RltdDts>AccptncDtTm"`
		Info        string    `xml:"AddtlTxInf"`
	}
	chargeV2 struct {
		Amount amount `xml:"Amt"`
		Sign   string `xml:"CdtDbtInd"`
	}
)

// camt053v2 is the same statement as [Statement.camt053], in the older form.
func (s Statement) camt053v2() camt053v2 {
	now := s.camt053()
	r := now.Report
	old := reportV2{
		ID: r.ID, Sequence: r.Sequence, Created: r.Created, Period: r.Period, Account: accountV2(r.Account), Balances: r.Balances,
		Summary: summaryV2(r.Summary), Statement: r.Statement,
	}
	for _, e := range r.Entries {
		b := bookingV2{
			Number: e.Number, Amount: e.Amount, Sign: e.Sign, Reversal: e.Reversal, Status: e.Status, Booked: e.Booked.Format(time.DateOnly),
			Value: e.Value, Reference: e.Reference, Code: e.Code, Batch: e.Batch, Info: e.Info,
		}
		for _, t := range e.Details {
			// Version 02 has no sign of a transaction; a word has to say it.
			one := transactionV2{t.Instruction, t.EndToEnd, t.Amount, nil, t.Remittance, t.Accepted, map[string]string{credit: "credit", debit: "debit"}[t.Sign]}
			if c := t.Charge; c != nil {
				one.Charge = &chargeV2{c.Amount, c.Sign}
			}
			b.Details = append(b.Details, one)
		}
		old.Entries = append(old.Entries, b)
	}
	return camt053v2{Header: now.Header, Report: old}
}
