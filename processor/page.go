package processor

// Window says which part of a list is wanted.
type Window struct {
	Cursor string // the Next of the page before; "" from the beginning
	Limit  int    // how many at most; at least 1
}

// Page is a part of a list.
type Page[T any] struct {
	Items []T
	Next  string // the cursor of the page that follows; "" on the last one
	LetGo bool   // on the last one, of what goes with old payments: some were let go, of any merchant
}

// paged makes a page of what list finds. It asks for one more than is wanted:
// that one tells of a next page.
func paged[T any](w Window, id func(T) string, list func(limit int) ([]T, error)) (Page[T], error) {
	found, err := list(w.Limit + 1)
	if err != nil || len(found) <= w.Limit {
		return Page[T]{Items: found}, err
	}
	found = found[:w.Limit]
	return Page[T]{Items: found, Next: id(found[w.Limit-1])}, nil
}

// Reach is the set of merchants whose things may be read. The zero value is
// empty.
type Reach struct {
	merchant string
	all      bool
}

// Only reaches what is one merchant's; "" is no merchant, and reaches nothing.
func Only(merchant string) Reach { return Reach{merchant: merchant} }

// Everyone reaches what is any merchant's.
func Everyone() Reach { return Reach{all: true} }

// Sees reports whether a merchant's things are within reach.
func (r Reach) Sees(merchant string) bool {
	return r.all || r.merchant != "" && r.merchant == merchant
}

// filter is the merchant as a store's filters have it, where "" stands for all;
// false where nothing is within reach.
func (r Reach) filter() (merchant string, ok bool) {
	return r.merchant, r.all || r.merchant != ""
}
