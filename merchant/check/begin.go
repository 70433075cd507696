package check

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Beginner has the merchant's server begin a payment. What it answers does not matter: the payment
// shows at Sandbank.
type Beginner func(context.Context, *http.Client) error

// maxPage bounds what is read of the merchant's answers, in bytes.
const maxPage = 1 << 20

// Post begins a payment with a POST. A body that begins with a brace is sent as JSON, another one as a
// form.
func Post(to, body string) Beginner {
	return func(ctx context.Context, c *http.Client) error {
		kind := "application/x-www-form-urlencoded"
		if strings.HasPrefix(strings.TrimSpace(body), "{") {
			kind = "application/json"
		}
		return submit(ctx, c, to, kind, "", body)
	}
}

// Buy begins a payment as a customer does: it opens a page and submits the first form on it, as it is.
func Buy(page string) Beginner {
	return func(ctx context.Context, c *http.Client) error {
		jar, err := cookiejar.New(nil)
		if err != nil {
			return err
		}
		customer := *c
		customer.Jar = jar
		body, err := get(ctx, &customer, page)
		if err != nil {
			return err
		}
		action, values, err := firstForm(page, body)
		if err != nil {
			return err
		}
		return submit(ctx, &customer, action, "application/x-www-form-urlencoded", page, values.Encode())
	}
}

func submit(ctx context.Context, c *http.Client, to, kind, from, body string) error {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(body))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", kind)
	if u, err := url.Parse(from); err == nil && u.Host != "" {
		q.Header.Set("Origin", u.Scheme+"://"+u.Host)
		q.Header.Set("Referer", from)
	}
	a, err := c.Do(q)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(a.Body, 300))
	if a.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("check: POST %s was answered with %s: %s", to, a.Status, text)
	}
	return nil
}

func get(ctx context.Context, c *http.Client, from string) ([]byte, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, err
	}
	q.Header.Set("Accept", "application/json, text/html;q=0.8")
	a, err := c.Do(q)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	body, err := io.ReadAll(io.LimitReader(a.Body, maxPage))
	if err == nil && a.StatusCode != http.StatusOK {
		err = fmt.Errorf("check: GET %s was answered with %s", from, a.Status)
	}
	return body, err
}

// firstForm is where the first form of a page that is posted goes, and its fields as they stand.
func firstForm(page string, body []byte) (string, url.Values, error) {
	base, err := url.Parse(page)
	if err != nil {
		return "", nil, err
	}
	tree, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return "", nil, err
	}
	for n := range tree.Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" || !strings.EqualFold(attribute(n, "method"), "post") {
			continue
		}
		to, err := base.Parse(attribute(n, "action"))
		if err != nil {
			return "", nil, err
		}
		return to.String(), fields(n), nil
	}
	return "", nil, errors.New("check: the page at " + page + " has no form that is posted")
}

func fields(form *html.Node) url.Values {
	values := url.Values{}
	for n := range form.Descendants() {
		name := attribute(n, "name")
		if n.Type != html.ElementNode || name == "" {
			continue
		}
		switch n.Data {
		case "input":
			kind := attribute(n, "type")
			if (kind == "radio" || kind == "checkbox") && !has(n, "checked") {
				continue
			}
			values.Add(name, attribute(n, "value"))
		case "select":
			values.Add(name, chosen(n))
		}
	}
	return values
}

// chosen is the value of a list's option that is selected, or of the first.
func chosen(list *html.Node) string {
	value, found := "", false
	for n := range list.Descendants() {
		if n.Type == html.ElementNode && n.Data == "option" && (!found || has(n, "selected")) {
			value, found = attribute(n, "value"), true
		}
	}
	return value
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
