package gate

import (
	"errors"
	"io"
	"mime"
	"net/http"

	"sandbank/fault"
)

// ReadJSON reads the whole body of a request that says it is JSON. What it
// holds is for the caller to judge.
func ReadJSON(r *http.Request) ([]byte, error) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return nil, fault.New(fault.MediaType, "content_type", "The body must be JSON.").Hinting("Send \"Content-Type: application/json\".")
	}
	body, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, fault.New(fault.TooLarge, "body_too_large", "The body is larger than %d bytes.", tooLarge.Limit)
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "body_unreadable", "The body did not arrive whole.").Because(err)
	}
	return body, nil
}
