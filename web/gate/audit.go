package gate

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/chance"
	"sandbank/fault"
	"sandbank/identity"
)

// Begin opens the audit record of a request and puts it into the request's
// context. It opens none if the gate is nil or keeps no records.
func (g *Gate) Begin(r *http.Request, action audit.Action, by audit.Actor, requestID string) (*http.Request, *audit.Act) {
	if g == nil || g.Record == nil {
		return r, nil
	}
	a := &audit.Act{Record: audit.Record{
		At: g.Clock.Now(), Actor: by, Action: action, Object: objectOf(r), Address: g.addressOf(r), Request: requestID,
	}}
	if action == audit.Read { // nothing is committed for it
		return r, a
	}
	return r.WithContext(audit.With(r.Context(), a)), a
}

// End writes the record unless the use case has committed it. A read is recorded
// only if it was refused for the caller or for the rate.
func (g *Gate) End(a *audit.Act, err error) {
	if a == nil || !a.End(err == nil) {
		return
	}
	record := a.Record
	record.Outcome = audit.Allowed
	if err != nil {
		var other interface{ RefusalCode() string } // of a transport with errors of its own
		f := fault.From(err)
		record.Outcome, record.Code = audit.Refused, f.Code
		switch {
		case errors.As(err, &other):
			record.Code = other.RefusalCode()
		case f.Kind == fault.Internal || f.Kind == fault.Unavailable:
			record.Outcome = audit.Failed
		}
		if record.Action == audit.Read && !telling(f.Kind) {
			return
		}
	} else if record.Action == audit.Read {
		return
	}
	g.Record(record)
}

// Note records at once an action or a refusal of a handler outside the routes,
// and gives the request its identifier.
func (g *Gate) Note(w http.ResponseWriter, r *http.Request, action audit.Action, by audit.Actor, err error) (requestID string) {
	if g == nil {
		return ""
	}
	requestID = g.newRequestID()
	w.Header().Set("X-Request-Id", requestID)
	_, a := g.Begin(r, action, by, requestID)
	g.End(a, err)
	return requestID
}

// telling reports whether a refusal says something about the caller.
func telling(k fault.Kind) bool {
	return k == fault.Unauthenticated || k == fault.Forbidden || k == fault.RateLimited
}

// objectOf is the last identifier in the path of a request. Text without the
// form of an identifier is not kept: it may be anything.
func objectOf(r *http.Request) string {
	vars := mux.Vars(r)
	id := cmp.Or(vars["delivery"], vars["id"])
	if prefix, _, found := strings.Cut(id, "_"); found && chance.ValidID(prefix, id) {
		return id
	}
	return ""
}

func (g *Gate) addressOf(r *http.Request) string {
	limits := g.Limits
	if limits == nil {
		limits = &Limiter{}
	}
	if at := limits.Address(r); at.IsValid() {
		return at.String()
	}
	return ""
}

// ActorOf is a principal as an actor of the audit log.
func ActorOf(p identity.Principal) audit.Actor {
	switch {
	case p.Person != "":
		return audit.Actor{Kind: audit.Person, ID: p.Person}
	case p.Client != "":
		return audit.Actor{Kind: audit.Client, ID: p.Client}
	}
	return audit.Actor{Kind: audit.Nobody}
}
