package api

import (
	"bytes"
	"errors"
	"math/big"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"sandbank/fault"
	"sandbank/web/gate"
)

// decode reads a JSON body strictly: unknown and repeated names, other spellings of
// names, wrong types, null, invalid UTF-8 and trailing data are refused, each with
// its place. Nothing here means null: what there is nothing to say of is left out,
// and what is to be removed is made empty.
func decode(r *http.Request, into any) error {
	body, err := gate.JSON.Read(r)
	if err != nil {
		return err
	}
	return read(body, into)
}

// read is decode for JSON that came elsewhere than in the body.
func read(body []byte, into any) error {
	if err := json.Unmarshal(body, into, json.RejectUnknownMembers(true), json.WithUnmarshalers(whole)); err != nil {
		return complain(err)
	}
	if at, found := null(body); found && at == "" {
		return badJSON().At(at, "must be an object, not null")
	} else if found {
		return badJSON().At(at, "must not be null; leave it out where there is nothing to say")
	}
	return nil
}

// null is the first place of a well-formed text at which there is null.
func null(body []byte) (at string, found bool) {
	if !bytes.Contains(body, []byte("null")) {
		return "", false
	}
	for d := jsontext.NewDecoder(bytes.NewReader(body)); ; {
		token, err := d.ReadToken()
		if err != nil { // the end
			return "", false
		}
		if token.Kind() == 'n' {
			return string(d.StackPointer()), true
		}
	}
}

// whole reads whole numbers however JSON writes them: 900, 900.0 and 9e2 are one.
var whole = json.JoinUnmarshalers(json.UnmarshalFromFunc(wholeFrom[int]), json.UnmarshalFromFunc(wholeFrom[int64]))

// errNumber is what is wrong with a number.
type errNumber string

func (e errNumber) Error() string { return string(e) }

func wholeFrom[T int | int64](d *jsontext.Decoder, to *T) error {
	if d.PeekKind() != '0' {
		return errors.ErrUnsupported
	}
	text, err := d.ReadValue()
	if err != nil {
		return err
	}
	n, err := wholeOf(string(text))
	*to = T(n)
	return err
}

// maxNumber bounds the text of a number that is computed with, in bytes.
const maxNumber = 400

func wholeOf(text string) (int64, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	_, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	if len(text) > maxNumber || len(strings.TrimLeft(exponent, "+-0")) > 3 {
		return 0, errNumber("must be a whole number of at most 18 digits")
	}
	exact, ok := new(big.Rat).SetString(text)
	switch {
	case !ok || !exact.IsInt():
		return 0, errNumber("must be a whole number, not " + text)
	case !exact.Num().IsInt64():
		return 0, errNumber("must be a whole number of at most 18 digits")
	}
	return exact.Num().Int64(), nil
}

func badJSON() *fault.Error {
	return fault.New(fault.Invalid, "json_invalid", "The body is not the JSON that is expected here.")
}

func complain(err error) error {
	problem := badJSON().Because(err)
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		at := string(semantic.JSONPointer)
		if errors.Is(err, json.ErrUnknownName) {
			return problem.At(at, "is not a field of this request")
		}
		var number errNumber
		if errors.As(err, &number) {
			return problem.At(at, "%s", number)
		}
		if k := semantic.JSONKind; k == '0' && semantic.GoType != nil && kindOf(k) == jsonType(semantic.GoType) {
			return problem.At(at, "is too large a number")
		}
		if semantic.GoType != nil {
			return problem.At(at, "must be %s, not %s", jsonType(semantic.GoType), kindOf(semantic.JSONKind))
		}
	}
	var grammar *jsontext.SyntacticError
	if errors.As(err, &grammar) {
		at := string(grammar.JSONPointer)
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return problem.At(at, "is given twice")
		}
		return problem.At(at, "%s, at byte %d", plainly(grammar.Err), grammar.ByteOffset)
	}
	return problem.At("", "%s", plainly(err))
}

// plainly is an error of the reader without the reader's name.
func plainly(err error) string {
	if err == nil {
		return "cannot be read"
	}
	text := err.Error()
	for _, word := range []string{"jsontext: ", "json: "} {
		text = strings.ReplaceAll(text, word, "")
	}
	if text == "EOF" || text == "unexpected EOF" {
		return "ends before it is whole"
	}
	return text
}

func kindOf(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "true or false"
	case '"':
		return "this string"
	case '0':
		return "a number"
	case '{':
		return "an object"
	case '[':
		return "an array"
	}
	return "this"
}

// jsonType is what JSON calls the values of a type of ours.
func jsonType(t reflect.Type) string {
	if t == reflect.TypeFor[time.Time]() {
		return "an instant of RFC 3339, such as \"2026-03-14T23:00:00Z\""
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.Pointer:
		return jsonType(t.Elem())
	default:
		return "another value"
	}
}
