package graph

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"sandbank/audit"
	"sandbank/identity"
	"sandbank/web/gate"
)

// Field is one thing that an operation may ask for, and what that needs.
type Field struct {
	Name  string // as "query payments"
	Needs identity.Permission
	// Shared fields show what is no merchant's own.
	Shared bool
	// Action is a mutation's name in the audit log.
	Action audit.Action
}

// fields has the permission of each field of a query or a subscription. A field
// that is missing here is refused.
var fields = map[string]Field{
	"query payment":          {Needs: identity.ReadPayments},
	"query payments":         {Needs: identity.ReadPayments},
	"query disputes":         {Needs: identity.ReadMoney},
	"query payouts":          {Needs: identity.ReadMoney},
	"query banks":            {Needs: identity.ReadPayments, Shared: true},
	"query events":           {Needs: identity.ReadEvents},
	"query event":            {Needs: identity.ReadEvents},
	"query lastSequence":     {Needs: identity.ReadEvents},
	"query webhookEndpoints": {Needs: identity.ReadWebhooks},
	"query clock":            {Needs: identity.ReadSimulator, Shared: true},
	"query faults":           {Needs: identity.ReadSimulator, Shared: true},
	"query holds":            {Needs: identity.ReadPayments, Shared: true},
	"query held":             {Needs: identity.ReadPayments, Shared: true},
	"subscription events":    {Needs: identity.ReadEvents},
	"subscription payment":   {Needs: identity.ReadPayments},

	"mutation simulate":         {Needs: identity.SimulatePayments, Action: audit.PaymentSimulate},
	"mutation simulateCustomer": {Needs: identity.SimulatePayments, Action: audit.PaymentSimulate},
	"mutation simulateBank":     {Needs: identity.SimulatePayments, Action: audit.PaymentSimulate},
	"mutation steerClock":       {Needs: identity.SteerSimulator, Shared: true, Action: audit.SimulatorSteer},
	"mutation beginFault":       {Needs: identity.BreakSimulator, Shared: true, Action: audit.FaultBegin},
	"mutation endFault":         {Needs: identity.BreakSimulator, Shared: true, Action: audit.FaultEnd},
	"mutation beginHold":        {Needs: identity.SimulatePayments, Shared: true, Action: audit.HoldBegin},
	"mutation endHold":          {Needs: identity.SimulatePayments, Shared: true, Action: audit.HoldEnd},
	"mutation moveHeld":         {Needs: identity.SimulatePayments, Shared: true, Action: audit.HoldMove},
	"mutation step":             {Needs: identity.SimulatePayments, Shared: true, Action: audit.HoldMove},
	"mutation reset":            {Needs: identity.ResetSimulator, Shared: true, Action: audit.SimulatorReset},
}

// Fields lists the table by name.
func Fields() (list []Field) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		f := fields[name]
		f.Name = name
		list = append(list, f)
	}
	return list
}

// permit refuses an operation that asks for what its caller may not see or do: all
// of it, before any of it was looked up. It returns the field that is refused.
func permit(ctx context.Context, caller identity.Principal) (refused Field, err error) {
	op := graphql.GetOperationContext(ctx)
	kind := string(op.Operation.Operation)
	root := strings.ToUpper(kind[:1]) + kind[1:] // its type in the schema
	for _, asked := range graphql.CollectFields(op, op.Operation.SelectionSet, []string{root}) {
		if strings.HasPrefix(asked.Name, "__") { // the schema is for everybody
			continue
		}
		f, ok := fields[kind+" "+asked.Name]
		if !ok {
			return f, fmt.Errorf("graph: %s %s has no permission", kind, asked.Name)
		}
		if err := gate.Permit(caller, f.Needs); err != nil {
			return f, err
		}
		if !f.Shared {
			if err := gate.Scoped(caller); err != nil {
				return f, err
			}
		}
	}
	return Field{}, nil
}
