package stripe

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"sandbank/dialect/stripe/object"
	"sandbank/payment/form"
)

// query is what a search is for: clauses of which all hold, or any
// (docs.stripe.com/search).
type query struct {
	clauses []clause
	any     bool
}

// clause compares a member of an object, or one of its metadata, with a value.
type clause struct {
	not       bool
	field     string // "status", "metadata"
	key       string // of metadata
	operator  string // ":", "~" for a part, ">", "<", ">=", "<="
	value     string
	isMissing bool // the value is null: whether there is none
}

// maxClauses bounds a query.
const maxClauses = 10

var clauseForm = regexp.MustCompile(`^\s*(-?)([a-z_]+(?:\.[a-z_]+)*)(?:\[(?:"([^"]*)"|'([^']*)')\])?(:|~|>=|<=|>|<)(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(-?[0-9]+|null|true|false))`)

var joinForm = regexp.MustCompile(`^\s+(?:(AND|OR|and|or)\s+)?`)

// parseQuery reads a query whose fields are among those that may be searched.
func parseQuery(text string, fields []string) (q query, err error) {
	join := ""
	for rest := text; ; {
		m := clauseForm.FindStringSubmatch(rest)
		if m == nil {
			return q, invalid("", "query", "We were unable to parse your search query near: %s", form.Shown(rest))
		}
		c := clause{not: m[1] == "-", field: m[2], key: m[3] + m[4], operator: m[5], value: unescaped(m[6] + m[7] + m[8]), isMissing: m[8] == "null"}
		if !known(c, fields) {
			return q, invalid("", "query", "Field `%s` is an unsupported search field here. Supported: %s.", form.Shown(c.field), strings.Join(fields, ", "))
		}
		if q.clauses = append(q.clauses, c); len(q.clauses) > maxClauses {
			return q, invalid("", "query", "A query can have %d clauses at most.", maxClauses)
		}
		if rest = rest[len(m[0]):]; strings.TrimSpace(rest) == "" {
			return q, nil
		}
		j := joinForm.FindStringSubmatch(rest)
		if j == nil {
			return q, invalid("", "query", "We were unable to parse your search query near: %s", form.Shown(rest))
		}
		word := strings.ToUpper(j[1])
		if word == "" {
			word = "AND"
		}
		if join != "" && join != word {
			return q, invalid("", "query", "A query cannot have both AND and OR.")
		}
		join, q.any, rest = word, word == "OR", rest[len(j[0]):]
	}
}

func known(c clause, fields []string) bool {
	for _, f := range fields {
		if f == c.field {
			return (c.field == "metadata") == (c.key != "")
		}
	}
	return false
}

var escapes = strings.NewReplacer(`\"`, `"`, `\'`, `'`, `\\`, `\`)

func unescaped(s string) string { return escapes.Replace(s) }

// fits reports whether an object is one that is searched for.
func (q query) fits(o object.Object) bool {
	for _, c := range q.clauses {
		if holds := c.holds(o) != c.not; holds == q.any {
			return holds
		}
	}
	return !q.any
}

func (c clause) holds(o object.Object) bool {
	value, there := c.member(o)
	if c.isMissing {
		return !there
	}
	if !there {
		return false
	}
	switch c.operator {
	case ":":
		return strings.EqualFold(value, c.value)
	case "~":
		return strings.Contains(strings.ToLower(value), strings.ToLower(c.value))
	}
	n, errValue := strconv.ParseInt(value, 10, 64)
	bound, errBound := strconv.ParseInt(c.value, 10, 64)
	if errValue != nil || errBound != nil {
		return false
	}
	return map[string]bool{">": n > bound, "<": n < bound, ">=": n >= bound, "<=": n <= bound}[c.operator]
}

// member is the value that a clause is about, as text.
func (c clause) member(o object.Object) (value string, there bool) {
	if c.field == "metadata" {
		switch m := o["metadata"].(type) {
		case map[string]string:
			value, there = m[c.key]
		case map[string]any:
			value, there = m[c.key].(string)
		}
		return value, there
	}
	switch v := o[c.field].(type) {
	case nil:
		return "", false
	case float64: // as a document has it
		return strconv.FormatInt(int64(v), 10), true
	default:
		return fmt.Sprint(v), true
	}
}
