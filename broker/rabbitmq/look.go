package rabbitmq

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"sandbank/broker"
)

// Look asks what the virtual host holds. RabbitMQ counts the messages of its queues every few seconds, and a queue
// that was just made has no counts yet; those are nil.
func (a *Admin) Look(ctx context.Context) (broker.Picture, error) {
	p := broker.Picture{Engine: broker.EngineRabbitMQ, ToldBy: broker.ToldByManagement}
	var exchanges []struct{ Name, Type string }
	err := a.list(ctx, "?columns=name,type", &exchanges, "exchanges")
	if err != nil {
		return p, err
	}
	for _, x := range exchanges {
		if x.Name != "" {
			p.Exchanges = append(p.Exchanges, broker.ExchangeInfo{Name: x.Name, Type: x.Type})
		}
	}
	var queues []struct {
		Name      string `json:"name"`
		Type      string `json:"type"`
		Ready     *int   `json:"messages_ready"`
		Unacked   *int   `json:"messages_unacknowledged"`
		Consumers *int   `json:"consumers"`
	}
	if err = a.list(ctx, "?columns=name,type,messages_ready,messages_unacknowledged,consumers", &queues, "queues"); err != nil {
		return p, err
	}
	for _, q := range queues {
		p.Queues = append(p.Queues, broker.QueueInfo{Name: q.Name, Type: q.Type, Ready: q.Ready, Unacknowledged: q.Unacked, Consumers: q.Consumers})
	}
	var bindings []struct {
		Source string `json:"source"`
		Key    string `json:"routing_key"`
		To     string `json:"destination_type"`
		Name   string `json:"destination"`
	}
	if err = a.list(ctx, "?columns=source,routing_key,destination_type,destination", &bindings, "bindings"); err != nil {
		return p, err
	}
	for _, b := range bindings {
		if b.Source != "" { // every queue is bound to the default exchange by its own name
			p.Bindings = append(p.Bindings, broker.BindingInfo{Exchange: b.Source, Key: b.Key, To: b.To, Name: b.Name})
		}
	}
	slices.SortFunc(p.Exchanges, func(a, b broker.ExchangeInfo) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(p.Queues, func(a, b broker.QueueInfo) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(p.Bindings, func(a, b broker.BindingInfo) int {
		return cmp.Or(cmp.Compare(a.Exchange, b.Exchange), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Key, b.Key))
	})
	return p, nil
}

func (a *Admin) list(ctx context.Context, columns string, into any, what string) error {
	return a.exchange(ctx, http.MethodGet, columns, maxList, nil, into, what, a.host)
}
