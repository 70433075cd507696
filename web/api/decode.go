package api

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"sandbank/fault"
	"sandbank/payment/instrument"
	"sandbank/web/gate"
)

// decode reads a JSON body strictly: unknown and repeated names, other
// spellings of names, wrong types, invalid UTF-8 and trailing data are refused,
// each with its place.
func decode(r *http.Request, into any) error {
	body, err := gate.JSON.Read(r)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into, json.RejectUnknownMembers(true)); err != nil {
		return complain(err)
	}
	return nil
}

func complain(err error) error {
	problem := fault.New(fault.Invalid, "json_invalid", "The body is not the JSON that is expected here.").Because(err)
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		at := string(semantic.JSONPointer)
		if errors.Is(err, json.ErrUnknownName) {
			return problem.At(at, "is not a field of this request")
		}
		if semantic.GoType != nil {
			return problem.At(at, "must be %s, not %s", jsonType(semantic.GoType.Kind().String()), kindOf(semantic))
		}
	}
	var grammar *jsontext.SyntacticError
	if errors.As(err, &grammar) {
		at := string(grammar.JSONPointer)
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return problem.At(at, "is given twice")
		}
		return problem.At(at, "%v, at byte %d", grammar.Err, grammar.ByteOffset)
	}
	return problem.At("", "%s", strings.TrimPrefix(err.Error(), "jsontext: "))
}

func kindOf(e *json.SemanticError) string {
	switch e.JSONKind {
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '{':
		return "an object"
	case '[':
		return "an array"
	}
	return "this"
}

func jsonType(goKind string) string {
	switch goKind {
	case "string":
		return "a string"
	case "struct", "map":
		return "an object"
	case "slice":
		return "an array"
	case "int", "int64":
		return "a whole number"
	case "float64":
		return "a number"
	case "bool":
		return "true or false"
	}
	return "another type"
}

// checkText complains unless s has between low and high characters and none
// that is invisible control.
func checkText(problem *fault.Error, at, s string, low, high int) {
	n := utf8.RuneCountInString(s)
	switch {
	case n < low && n == 0:
		problem.At(at, "is required")
	case n < low || n > high:
		problem.At(at, "must have %d to %d characters, not %d", low, high, n)
	case !utf8.ValidString(s):
		problem.At(at, "must be UTF-8")
	case strings.ContainsFunc(s, unicode.IsControl):
		problem.At(at, "must not have control characters")
	case instrument.NamesCard(s):
		problem.At(at, noCard)
	}
}

// noCard is the complaint about a card number where none belongs: what a
// merchant says is stored, sent and logged, and a card number never is.
const noCard = "must not have a card number in it; the customer enters that on the checkout page alone"

const maxURL = 2048

// checkURL complains unless s is a plain absolute http or https URL: one that a
// browser and a server read alike.
func checkURL(problem *fault.Error, at, s string) {
	u, err := url.Parse(s)
	switch {
	case s == "":
		problem.At(at, "is required")
	case len(s) > maxURL:
		problem.At(at, "must have at most %d characters", maxURL)
	case err != nil || strings.ContainsAny(s, "\\ ") || strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7e }):
		problem.At(at, "must be a URL in ASCII without spaces or backslashes; write other characters percent-encoded, host names in punycode")
	case u.Scheme != "https" && u.Scheme != "http":
		problem.At(at, "must begin with https:// or http://")
	case u.Host == "" || u.Hostname() == "":
		problem.At(at, "must name a host")
	case u.User != nil:
		problem.At(at, "must not carry a user name or password")
	case !validPort(u.Port()):
		problem.At(at, "must have a port from 1 to 65535, or none")
	case instrument.NamesCard(s) || instrument.NamesCard(unescaped(s)):
		problem.At(at, noCard)
	}
}

// unescaped is what a server reads in a URL.
func unescaped(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

func validPort(s string) bool {
	port, err := strconv.ParseUint(s, 10, 16)
	return s == "" || err == nil && port > 0
}
