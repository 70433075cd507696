// Package rabbitmq sets up users, permissions and bounds on RabbitMQ over its
// management API, from package broker's table, and asks there what the broker
// holds. It neither publishes nor consumes.
package rabbitmq

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sandbank/broker"
)

// Admin is a client of RabbitMQ's management API, with an administrator's
// credentials. Close it after use.
type Admin struct {
	nodes []*url.URL // with the credentials, and without a slash at the end
	host  string     // the virtual host
	http  *http.Client
}

// New returns an administrator of a virtual host. The address carries the
// credentials: http://user:password@host:15672. Of several, separated by commas, which are the nodes of one
// cluster, the first that answers is asked.
func New(addresses, virtualHost string) (*Admin, error) {
	a := &Admin{host: virtualHost, http: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{Proxy: http.ProxyFromEnvironment}}}
	for _, address := range broker.Nodes(addresses) {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.User.Username() == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, errors.New("write it as http://user:password@host:15672") // the address, and so the cause, holds a password
		}
		u.Path = strings.TrimRight(u.Path, "/")
		a.nodes = append(a.nodes, u)
	}
	return a, nil
}

// Format implements [fmt.Formatter]: the password is not shown.
func (a *Admin) Format(s fmt.State, _ rune) {
	var where []string
	for _, n := range a.nodes {
		where = append(where, n.Scheme+"://"+n.Host+n.Path)
	}
	_, _ = fmt.Fprintf(s, "%s at %s", a.nodes[0].User.Username(), strings.Join(where, ", "))
}

// Close closes idle connections.
func (a *Admin) Close() { a.http.CloseIdleConnections() }

// Grant creates or updates the users, and sets the bounds on the queues they may
// declare. A second call changes nothing but a password. A user with tags, such
// as an administrator, is not ours and is left alone.
func (a *Admin) Grant(ctx context.Context, bounds broker.Bounds, users ...broker.User) error {
	err := a.put(ctx, map[string]any{"pattern": bounds.Pattern, "definition": bounds.Policy(), "apply-to": "queues", "priority": 0},
		"operator-policies", a.host, broker.PolicyName)
	if err != nil {
		return err
	}
	for _, u := range users {
		if err := a.grant(ctx, u); err != nil {
			return fmt.Errorf("user %s: %w", u.Name, err)
		}
	}
	return nil
}

// Revoke removes a user, with its permissions. RabbitMQ closes its connections. One that is gone, or that is not
// ours, is left alone.
func (a *Admin) Revoke(ctx context.Context, name string) error {
	if err := a.ours(ctx, name); err != nil {
		return err
	}
	err := a.do(ctx, http.MethodDelete, nil, nil, "users", name)
	if answer := (*answerError)(nil); errors.As(err, &answer) && answer.code == http.StatusNotFound {
		return nil
	}
	return err
}

// grant narrows the routing keys before it opens the exchange.
func (a *Admin) grant(ctx context.Context, u broker.User) error {
	if err := a.ours(ctx, u.Name); err != nil {
		return err
	}
	if err := a.put(ctx, map[string]any{"password": u.Password.Reveal(), "tags": ""}, "users", u.Name); err != nil {
		return err
	}
	for _, t := range u.Topics {
		err := a.put(ctx, map[string]any{"exchange": t.Exchange, "write": t.Write, "read": t.Read}, "topic-permissions", a.host, u.Name)
		if err != nil {
			return err
		}
	}
	return a.put(ctx, map[string]any{"configure": u.Configure, "write": u.Write, "read": u.Read}, "permissions", a.host, u.Name)
}

// Granted reports whether the users still have exactly their permissions. An
// operator may have taken them away, or the broker may have been set up anew.
func (a *Admin) Granted(ctx context.Context, users ...broker.User) (bool, error) {
	for _, u := range users {
		var has struct{ Configure, Write, Read string }
		var topics []broker.Topic
		err := a.do(ctx, http.MethodGet, nil, &has, "permissions", a.host, u.Name)
		if err == nil {
			err = a.do(ctx, http.MethodGet, nil, &topics, "topic-permissions", a.host, u.Name)
		}
		var answer *answerError
		if errors.As(err, &answer) && answer.code == http.StatusNotFound {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if has.Configure != u.Configure || has.Write != u.Write || has.Read != u.Read || !slices.Equal(sorted(topics), sorted(u.Topics)) {
			return false, nil
		}
	}
	return true, nil
}

// sorted returns the topics in the order of their exchanges, so that two lists
// can be compared.
func sorted(list []broker.Topic) []broker.Topic {
	return slices.SortedFunc(slices.Values(list), func(a, b broker.Topic) int { return strings.Compare(a.Exchange, b.Exchange) })
}

// ours returns an error for a user that this package did not create.
func (a *Admin) ours(ctx context.Context, name string) error {
	var found struct {
		Tags any `json:"tags"` // a list; before RabbitMQ 3.9 a string
	}
	err := a.do(ctx, http.MethodGet, nil, &found, "users", name)
	var answer *answerError
	if errors.As(err, &answer) && answer.code == http.StatusNotFound {
		return nil
	}
	if list, ok := found.Tags.([]any); err == nil && (ok && len(list) > 0 || !ok && found.Tags != "" && found.Tags != nil) {
		return errors.New("the broker has a user of that name with tags; give it another name")
	}
	return err
}

func (a *Admin) put(ctx context.Context, body any, path ...string) error {
	return a.do(ctx, http.MethodPut, body, nil, path...)
}

// answerError is an HTTP answer with an error status.
type answerError struct {
	code int
	what string
}

func (e *answerError) Error() string {
	switch e.code {
	case http.StatusUnauthorized:
		return "the broker does not know the administrator or the password"
	case http.StatusForbidden:
		return "the broker's user is no administrator"
	}
	return fmt.Sprintf("the broker answered %d: %s", e.code, e.what)
}

// maxAnswer bounds an answer about one thing, in bytes, and maxList one that lists things.
const maxAnswer, maxList = 64 << 10, 8 << 20

func (a *Admin) do(ctx context.Context, method string, body, into any, path ...string) error {
	return a.exchange(ctx, method, "", maxAnswer, body, into, path...)
}

// exchange sends one request, and reads an answer of at most so many bytes.
func (a *Admin) exchange(ctx context.Context, method, query string, most int64, body, into any, path ...string) error {
	where := "/api"
	for _, step := range path {
		where += "/" + url.PathEscape(step)
	}
	var content []byte
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = b
	}
	response, err := a.anyNode(ctx, method, where+query, content)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, most))
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return &answerError{response.StatusCode, string(text[:min(200, len(text))])}
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}

// anyNode sends a request to the nodes in turn, until one answers. All that is put is put as a whole, so that it may be
// put twice.
func (a *Admin) anyNode(ctx context.Context, method, where string, content []byte) (response *http.Response, err error) {
	for _, n := range a.nodes {
		var request *http.Request
		request, err = http.NewRequestWithContext(ctx, method, n.Scheme+"://"+n.Host+n.Path+where, bytes.NewReader(content))
		if err != nil {
			return nil, err
		}
		password, _ := n.User.Password()
		request.SetBasicAuth(n.User.Username(), password)
		request.Header.Set("Content-Type", "application/json")
		if response, err = a.http.Do(request); err == nil || ctx.Err() != nil {
			return response, err
		}
	}
	return nil, err
}
