package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"sandbank/fault"
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
