package processortest

import (
	"maps"
	"slices"
)

// Snapshot is all that is stored, table by table and row by row.
type Snapshot map[string][]string

// Stored is everything stored now. Entries are sealed first, so that the sealer
// at work beside it changes nothing in between.
func (r *Rig) Stored() Snapshot {
	r.T.Helper()
	_, err := r.Disk.Seal(r.T.Context(), 1<<20)
	r.OK(err)
	rows, err := r.Disk.Rows(r.T.Context())
	r.OK(err)
	return rows
}

// Unchanged fails the test unless the store's contents are the same as before.
// Tables may be left out.
func (r *Rig) Unchanged(what string, before Snapshot, except ...string) {
	r.T.Helper()
	now := r.Stored()
	tables := maps.Clone(before)
	maps.Copy(tables, now)
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		if slices.Contains(except, table) || slices.Equal(before[table], now[table]) {
			continue
		}
		for i := range max(len(before[table]), len(now[table])) {
			was, is := at(before[table], i), at(now[table], i)
			if was != is {
				r.T.Errorf("%s changed row %d of %s from\n%s to\n%s", what, i, table, was, is)
				break
			}
		}
	}
}

func at(rows []string, i int) string {
	if i < len(rows) {
		return rows[i]
	}
	return "(no row)"
}
