// Package generated runs GraphQL operations against the schema. It is made by
// gqlgen; `make generate` makes it again.
package generated
