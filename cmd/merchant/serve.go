package main

import "context"

type serveCommand struct{}

func (c *serveCommand) Run(context.Context, output) error { return nil }
