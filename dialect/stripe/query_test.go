package stripe

import (
	"testing"

	"sandbank/dialect/stripe/object"
)

func TestQuery_Fits(t *testing.T) {
	fields := []string{"status", "amount", "metadata", "name"}
	o := object.Object{"status": "succeeded", "amount": float64(900), "metadata": map[string]any{"order": "7 \"b\""}, "name": nil}
	for text, want := range map[string]bool{
		`status:"succeeded"`: true, `status:'Succeeded'`: true, `-status:'succeeded'`: false, `status~"ucc"`: true, `amount>899`: true, `amount>900`: false, `amount>=900 AND amount<901`: true,
		`amount:1 OR amount:900`: true, `amount:1 amount:900`: false, `metadata['order']:'7 "b"'`: true, `metadata["order"]:"7 \"b\""`: true, `metadata['none']:null`: true, `-metadata['order']:null`: true,
		`name:null`: true, `name~'x'`: false, `amount:'x'`: false, `status>5`: false,
	} {
		q, err := parseQuery(text, fields)
		if err != nil || q.fits(o) != want {
			t.Errorf("%s: %t, %v, expected %t", text, q.fits(o), err, want)
		}
	}
}

func FuzzQuery(f *testing.F) {
	for _, text := range []string{`status:"a" AND amount>1`, `-metadata['a']:'b'`, `a:"\"`, "", `status:`, `status:"a"OR`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := parseQuery(text, []string{"status", "amount", "metadata"})
		if err == nil && (len(q.clauses) == 0 || len(q.clauses) > maxClauses) {
			t.Errorf("%q has %d clauses", text, len(q.clauses))
		}
		q.fits(object.Object{"status": "a", "amount": 1})
	})
}
