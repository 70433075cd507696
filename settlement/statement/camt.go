package statement

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"sandbank/money"
)

// The types below are the elements of camt.053.001.08 and camt.054.001.08 that a
// settlement needs, under their own names and in the order of the schema.
type (
	camt053 struct {
		XMLName xml.Name `xml:"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08 Document"`
		Header  header   `xml:"BkToCstmrStmt>GrpHdr"`
		Report  report   `xml:"BkToCstmrStmt>Stmt"`
	}
	camt054 struct {
		XMLName xml.Name `xml:"urn:iso:std:iso:20022:tech:xsd:camt.054.001.08 Document"`
		Header  header   `xml:"BkToCstmrDbtCdtNtfctn>GrpHdr"`
		Report  report   `xml:"BkToCstmrDbtCdtNtfctn>Ntfctn"`
	}
	header struct {
		ID      string    `xml:"MsgId"`
		Created time.Time `xml:"CreDtTm"`
	}
	// report is a statement, or a notification, which has no balances.
	report struct {
		ID        string    `xml:"Id"`
		Sequence  int       `xml:"ElctrncSeqNb"`
		Created   time.Time `xml:"CreDtTm"`
		Period    *period   `xml:"FrToDt"`
		Account   account   `xml:"Acct"`
		Balances  []balance `xml:"Bal"`
		Summary   summary   `xml:"TxsSummry"`
		Entries   []booking `xml:"Ntry"`
		Statement string    `xml:"AddtlStmtInf,omitempty"`
	}
	period struct {
		From time.Time `xml:"FrDtTm"`
		To   time.Time `xml:"ToDtTm"`
	}
	account struct {
		ID       string `xml:"Id>Othr>Id"`
		Currency string `xml:"Ccy"`
		Name     string `xml:"Nm"`
		Bank     string `xml:"Svcr>FinInstnId>BICFI"`
	}
	balance struct {
		Type   string `xml:"Tp>CdOrPrtry>Cd"`
		Amount amount `xml:"Amt"`
		Sign   string `xml:"CdtDbtInd"`
		Date   string `xml:"Dt>Dt"`
	}
	amount struct {
		Currency string `xml:"Ccy,attr"`
		Value    string `xml:",chardata"`
	}
	summary struct {
		Entries int    `xml:"TtlNtries>NbOfNtries"`
		Sum     string `xml:"TtlNtries>Sum"`
		Net     string `xml:"TtlNtries>TtlNetNtry>Amt"`
		Sign    string `xml:"TtlNtries>TtlNetNtry>CdtDbtInd"`
		Credits total  `xml:"TtlCdtNtries"`
		Debits  total  `xml:"TtlDbtNtries"`
	}
	total struct {
		Entries int    `xml:"NbOfNtries"`
		Sum     string `xml:"Sum"`
	}
	booking struct {
		Number    int           `xml:"NtryRef"`
		Amount    amount        `xml:"Amt"`
		Sign      string        `xml:"CdtDbtInd"`
		Reversal  bool          `xml:"RvslInd,omitempty"`
		Status    string        `xml:"Sts>Cd"`
		Booked    time.Time     `xml:"BookgDt>DtTm"`
		Value     string        `xml:"ValDt>Dt"`
		Reference string        `xml:"AcctSvcrRef"`
		Code      code          `xml:"BkTxCd>Domn"`
		Batch     batch         `xml:"NtryDtls>Btch"`
		Details   []transaction `xml:"NtryDtls>TxDtls"`
		Info      string        `xml:"AddtlNtryInf"`
	}
	code struct {
		Domain    string `xml:"Cd"`
		Family    string `xml:"Fmly>Cd"`
		SubFamily string `xml:"Fmly>SubFmlyCd"`
	}
	batch struct {
		Transactions int    `xml:"NbOfTxs"`
		Total        amount `xml:"TtlAmt"`
		Sign         string `xml:"CdtDbtInd"`
	}
	transaction struct {
		Instruction string    `xml:"Refs>InstrId"`
		EndToEnd    string    `xml:"Refs>EndToEndId"`
		Amount      amount    `xml:"Amt"`
		Sign        string    `xml:"CdtDbtInd"`
		Charge      *charge   `xml:"Chrgs>Rcrd"`
		Remittance  []string  `xml:"RmtInf>Ustrd"`
		Accepted    time.Time `xml:"RltdDts>AccptncDtTm"`
	}
	charge struct {
		Amount   amount `xml:"Amt"`
		Sign     string `xml:"CdtDbtInd"`
		Included bool   `xml:"ChrgInclInd"`
	}
)

const (
	credit        = "CRDT"
	debit         = "DBIT"
	booked        = "BOOK"
	openingBooked = "OPBD"
	closingBooked = "CLBD"
)

func (s Statement) camt053() camt053 {
	r := s.report()
	r.Balances = []balance{s.balance(openingBooked, s.Opening), s.balance(closingBooked, s.closing())}
	r.Statement = "By the bank's own book it still owes " + s.Owed.String() + "."
	return camt053{Header: header{short(s.ID + "-053"), s.SentAt.UTC()}, Report: r}
}

func (s Statement) camt054() camt054 {
	return camt054{Header: header{short(s.ID + "-054"), s.SentAt.UTC()}, Report: s.report()}
}

func (s Statement) report() report {
	r := report{
		ID: short(s.ID), Sequence: s.Sequence, Created: s.SentAt.UTC(), Period: s.period(),
		Account: account{"SETTLEMENT-" + string(s.Currency), string(s.Currency), "Settlement account", s.Bank},
	}
	credits, debits := money.Zero(s.Currency), money.Zero(s.Currency)
	for i, e := range s.entries() {
		r.Entries = append(r.Entries, s.booking(i+1, e))
		if e.sum.IsNegative() {
			debits = debits.Add(e.sum.Abs())
			r.Summary.Debits.Entries++
		} else {
			credits = credits.Add(e.sum)
			r.Summary.Credits.Entries++
		}
	}
	r.Summary.Entries, r.Summary.Sum = len(r.Entries), credits.Add(debits).Value()
	r.Summary.Net, r.Summary.Sign = magnitude(s.Net.Amount).Value, sign(s.Net.Amount)
	r.Summary.Credits.Sum, r.Summary.Debits.Sum = credits.Value(), debits.Value()
	return r
}

// period returns the time from the first line to the end of the batch's
// coverage.
func (s Statement) period() *period {
	if len(s.Lines) == 0 {
		return nil
	}
	p := period{s.Lines[0].BookedAt.UTC(), s.CoversUntil.UTC()}
	for _, l := range s.Lines {
		if l.BookedAt.Before(p.From) {
			p.From = l.BookedAt.UTC()
		}
	}
	return &p
}

func (s Statement) balance(kind string, n money.Net) balance {
	return balance{kind, magnitude(n.Amount), sign(n.Amount), s.BusinessDate}
}

func (s Statement) booking(number int, e entry) booking {
	b := booking{
		Number: number, Amount: magnitude(e.sum), Sign: sign(e.sum), Reversal: e.reversal, Status: booked,
		Booked: s.SentAt.UTC(), Value: s.BusinessDate, Reference: short(s.ID + "-" + strconv.Itoa(number)),
		Code:  code{"PMNT", "MCRD", e.code},
		Batch: batch{len(e.moves), magnitude(e.sum), sign(e.sum)}, Info: e.info,
		Details: make([]transaction, 0, len(e.moves)),
	}
	for _, m := range e.moves {
		t := transaction{
			Instruction: short(m.Reference), EndToEnd: short(m.Payment), Amount: magnitude(m.amount), Sign: sign(m.amount),
			Remittance: slices.Concat(lines("reference "+m.Reference), lines("payment "+m.Payment)), Accepted: m.BookedAt.UTC(),
		}
		if e.code != charges && !m.Fee.IsZero() {
			t.Charge = &charge{Amount: magnitude(m.Fee), Sign: sign(m.Fee.Neg())}
		}
		b.Details = append(b.Details, t)
	}
	return b
}

// magnitude is an amount without its sign, which ISO 20022 writes beside it.
func magnitude(a money.Amount) amount { return amount{string(a.Currency()), a.Abs().Value()} }

func sign(a money.Amount) string {
	if a.IsNegative() {
		return debit
	}
	return credit
}

// longest is the length of ISO 20022's Max35Text.
const longest = 35

// short returns an identifier that fits Max35Text. From a longer one it takes
// the UUID without its dashes, or else the beginning of its SHA-256. The whole
// identifier is in the remittance information.
func short(id string) string {
	if len(id) <= longest {
		return id
	}
	if _, uuid, ok := strings.Cut(id, "_"); ok && len(uuid) == 36 {
		if digits := strings.ReplaceAll(uuid, "-", ""); len(digits) == 32 {
			return digits
		}
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])[:longest]
}

// lines splits a text into pieces that fit Max140Text.
func lines(text string) (list []string) {
	for part := range slices.Chunk([]byte(text), 140) {
		list = append(list, string(part))
	}
	return list
}

func encode(w io.Writer, document any) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(document); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
