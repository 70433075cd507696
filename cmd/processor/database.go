package main

import (
	"context"
	"errors"

	"sandbank/node"
	"sandbank/secret"
)

// database names the database that a command works on. It has to be there: a command that made one
// would say of a mistyped folder that all is well.
type database struct {
	DatabaseURL secret.Text `name:"database-url" help:"PostgreSQL, postgres://user:password@host:5432/name."`
	Data        string      `help:"Folder of an embedded database; end its processor first."`
}

// open opens it; the caller closes it.
func (d database) open(ctx context.Context) (node.Store, error) {
	if (d.DatabaseURL == "") == (d.Data == "") {
		return nil, errors.New("say which database: --database-url or --data")
	}
	s, err := node.OpenKept(ctx, node.Database{URL: d.DatabaseURL, Folder: d.Data})
	return s, inFlags(err)
}

// flagOf names the flag that a field of a node's configuration is made of.
var flagOf = map[string]string{
	"HTTP.Addr": "--addr", "HTTP.RedirectAddr": "--http-redirect",
	"AMQP.URL": "--amqp-url", "AMQP.Addr": "--amqp-addr", "AMQP.SecureAddr": "--amqps-addr", "AMQP.SecureTrust": "--amqps-client-ca",
	"Dialects.StripeAddr": "--stripe-addr", "Store.URL": "--database-url", "Store.Folder": "--data",
	"Store.Archive": "--archive",
}

// inFlags is a node's error in the words of the command line.
func inFlags(err error) error {
	var field *node.FieldError
	if !errors.As(err, &field) || flagOf[field.Field] == "" {
		return err
	}
	return &node.FieldError{Field: flagOf[field.Field], Value: field.Value, Err: field.Err}
}
