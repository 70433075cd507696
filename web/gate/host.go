package gate

import (
	"net/http"

	"sandbank/fault"
	"sandbank/web/host"
)

// Under serves what asks for one of the server's names, and refuses the rest
// before any of it is looked at.
func (g *Gate) Under(names host.Names, next http.Handler) http.Handler {
	return names.Guard(func(w http.ResponseWriter, r *http.Request) {
		if _, program := g.spoken(r); !program && Names(r, "text/html") {
			host.Page(w, r)
			return
		}
		g.Refuse(w, r, fault.New(fault.Misdirected, "host_unknown", "%s", host.Message(r)).Hinting("%s", host.Hint))
	}, next)
}
