package mollie

import (
	"net/url"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

func TestFormFields(t *testing.T) {
	for name, c := range map[string]struct{ form, want string }{
		"texts":                {"description=Order+%231&x=", `{"description":"Order #1","x":""}`},
		"an object":            {"amount[currency]=EUR&amount%5Bvalue%5D=10.00", `{"amount":{"currency":"EUR","value":"10.00"}}`},
		"a list":               {"method[]=ideal&method[]=creditcard", `{"method":["ideal","creditcard"]}`},
		"a list by number":     {"lines[0][name]=a&lines[0][sku]=b&lines[1][name]=c", `{"lines":[{"name":"a","sku":"b"},{"name":"c"}]}`},
		"numbers that lack 0":  {"lines[1]=a", `{"lines":{"1":"a"}}`},
		"metadata as JSON":     {`metadata={"order":1}`, `{"metadata":{"order":1}}`},
		"metadata as a text":   {"metadata=order 1", `{"metadata":"order 1"}`},
		"metadata as a tree":   {"metadata[order]=1", `{"metadata":{"order":"1"}}`},
		"no JSON anywhere":     {`description={"a":1}`, `{"description":"{\"a\":1}"}`},
		"yes, no and perhaps":  {"testmode=true&a=true", `{"a":"true","testmode":true}`},
		"nothing":              {"&", `{}`},
		"a name twice":         {"a=1&a=2", ""},
		"a text and an object": {"a=1&a[b]=2", ""},
		"an object and a text": {"a[b]=2&a=1", ""},
		"no brackets' end":     {"a[b=1", ""},
		"no percents":          {"a=%zz", ""},
		"no UTF-8":             {"a=%ff", ""},
		"too deep":             {"a[b][c][d][e][f][g][h][i]=1", ""},
		"too many":             {strings.Repeat("a[]=1&", maxFields+1), ""},
	} {
		fields, err := formFields(c.form)
		got, _ := json.Marshal(fields, json.Deterministic(true))
		if c.want == "" != (err != nil) || err == nil && string(got) != c.want {
			t.Errorf("%s: %s is %s, %v, expected %s", name, c.form, got, err, c.want)
		}
	}
}

// Whatever a form is, its members are JSON, and are no more than the form says.
func FuzzFormFields(f *testing.F) {
	for _, body := range []string{"a=1&b[c]=2", "method[]=ideal&method[]=x", `metadata={"a":[1]}`, "a[b=1", "a=%ff", "lines[0][a]=1&lines[2]=x&lines[]=y"} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		fields, err := formFields(body)
		if err != nil {
			return
		}
		texts := 0
		for name, value := range fields {
			if !value.IsValid() {
				t.Errorf("%q: %s is %s, which is no JSON", body, name, value)
			}
			if name != "metadata" {
				d := jsontext.NewDecoder(strings.NewReader(string(value)))
				for token, err := d.ReadToken(); err == nil; token, err = d.ReadToken() {
					if token.Kind() == '"' {
						texts++
					}
				}
			}
		}
		if plain, err := url.QueryUnescape(body); err == nil && texts > 8*(strings.Count(plain, "&")+1)+1 {
			t.Errorf("%q makes %d texts", body, texts)
		}
	})
}
