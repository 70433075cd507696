package sqlite

import (
	"strings"
	"testing"

	"sandbank/processor"
	"sandbank/settlement"
)

// Items are found by an index: there is one item for each movement of money
// that ever was.
func TestItems_AreFoundByAnIndex(t *testing.T) {
	s, err := Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for want, f := range map[string]processor.ItemFilter{
		"sqlite_autoindex_items_1 (id=?)":         {IDs: []string{"i1", "i2"}},
		"items_settlement (settlement=? AND id>?": {Settlement: "stl_1"},
		"items_payout (payout=? AND id>?":         {Payout: "po_1"},
		"items_missing (bank=? AND id>?":          {Bank: "SANDNL2A", State: settlement.ItemMissing},
	} {
		f.Limit = 10
		rest, args := itemsWhere(f)
		var plan []string
		if err := rows(t.Context(), s.read, `EXPLAIN QUERY PLAN SELECT doc FROM items `+rest, args, func(scan scan) error {
			var id, parent, unused int
			var detail string
			err := scan(&id, &parent, &unused, &detail)
			plan = append(plan, detail)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if found := strings.Join(plan, "; "); !strings.Contains(found, want) {
			t.Errorf("explained the search for %+v: want it to use %s, got %s", f, want, found)
		}
	}
}
