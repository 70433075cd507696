package oauth

import (
	"net/http"

	"sandbank/audit"
)

// note records a token that was issued, revoked or refused.
func (s *Server) note(w http.ResponseWriter, r *http.Request, action audit.Action, who audit.Actor, err error) {
	s.Gate.Note(w, r, action, who, err)
}

// RefusalCode is the refusal's code in the audit log.
func (r *refusal) RefusalCode() string { return r.code }

// actionOf is what one of the endpoints for programs does.
func actionOf(r *http.Request) audit.Action {
	switch r.URL.Path {
	case "/oauth/token":
		return audit.TokenIssue
	case "/oauth/revoke":
		return audit.TokenRevoke
	}
	return audit.Read
}

// claimedClient is the client that a request names. Text that cannot be a
// client's id is not kept: it may be a secret in the wrong place.
func (s *Server) claimedClient(id string) audit.Actor {
	if _, known := s.Clients.Client(id); known {
		return audit.Actor{Kind: audit.Client, ID: id}
	}
	if _, known := s.app(id); known {
		return audit.Actor{Kind: audit.Client, ID: id}
	}
	return audit.Actor{Kind: audit.Nobody}
}

// claimedPerson is the same of a person.
func (s *Server) claimedPerson(name string) audit.Actor {
	if _, known := s.People.Find(name); known {
		return audit.Actor{Kind: audit.Person, ID: name}
	}
	return audit.Actor{Kind: audit.Nobody}
}
