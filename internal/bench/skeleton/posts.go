package skeleton

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/google/uuid"
)

const (
	posters = 64
	room    = 4096 // events that may wait to be posted
)

// posts are events on their way to the receiver.
type posts struct{ waiting chan post }

type post struct {
	id   uuid.UUID
	body string
}

func newPosts(url string, delivered *commits[uuid.UUID], failed func(error)) *posts {
	p := &posts{waiting: make(chan post, room)}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: posters}}
	for range posters {
		go func() {
			for e := range p.waiting {
				if err := tell(client, url, e.body); err != nil {
					failed(err)
					return
				}
				delivered.add(e.id)
			}
		}()
	}
	return p
}

func tell(c *http.Client, url, body string) error {
	r, err := c.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return err
	}
	defer func() { _ = r.Body.Close() }()
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return err
	}
	if r.StatusCode != http.StatusOK {
		return fmt.Errorf("the receiver answered %s", r.Status)
	}
	return nil
}
