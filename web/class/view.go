package class

import (
	"time"

	"sandbank/web/sequence"
)

// JoinView asks for the class's code.
type JoinView struct{ Code, Error string }

// ShopView is a student's shop.
type ShopView struct {
	Name     string
	Number   int // of the student
	Products []ProductView
	Payments []PaymentRow
	Events   []EventRow
	Revision string
}

// ProductView is something that the shop sells.
type ProductView struct{ Key, Name, Price string }

// PaymentRow is one payment of the shop; URL leads to its checkout while it is not final.
type PaymentRow struct {
	Reference, Amount, Status, URL string
	At                             time.Time
}

// EventRow is something that the shop's server was told.
type EventRow struct {
	Type, Reference string
	At              time.Time
}

// FollowView is the lesson that is given, to be read.
type FollowView struct {
	Given    bool
	Title    string
	Story    string
	At, Of   int
	Caption  string
	Answer   string
	Question string
	Choices  []string
	Picture  sequence.Picture
	Revision string
}

// NoticeView stands in for a page that cannot be shown.
type NoticeView struct{ Title, Text string }
