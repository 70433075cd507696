package dashboard

import (
	"net/http"

	"sandbank/fault"
	"sandbank/identity"
	"sandbank/processor"
)

// who is the person that looks. Whose role acts for one merchant sees what is that
// merchant's, and of other merchants' things what everybody sees of what is not there.
func (d *Dashboard) who(r *http.Request) (identity.Principal, bool) {
	if d.Who == nil {
		return identity.Principal{Role: identity.RoleAdministrator}, true
	}
	return d.Who(r)
}

// reach is whose things the viewer may see: a merchant's people those of their
// merchant, staff everybody's. Without a sign-in, nobody's.
func (d *Dashboard) reach(r *http.Request) processor.Reach {
	p, ok := d.who(r)
	switch {
	case !ok:
		return processor.Reach{}
	case p.Role.OfMerchant():
		return processor.Only(p.Merchant.ID)
	}
	return processor.Everyone()
}

// may reports whether who looks has a permission: what it may not press is not
// shown to it.
func (d *Dashboard) may(r *http.Request, permission identity.Permission) bool {
	p, ok := d.who(r)
	return ok && p.May(permission)
}

// needs shows a page to those alone who have a permission.
func (d *Dashboard) needs(permission identity.Permission, handle func(http.ResponseWriter, *http.Request) error) http.Handler {
	return d.page(d.permitted(permission, handle))
}

func (d *Dashboard) permitted(permission identity.Permission, handle func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, ok := d.who(r)
		switch {
		case !ok:
			return fault.New(fault.Unauthenticated, "sign_in_required", "This page is for people who have signed in.")
		case !p.May(permission):
			return fault.New(fault.Forbidden, "page_forbidden", "Your role, %s, does not allow this: it needs %s.", p.Role, permission)
		}
		return handle(w, r)
	}
}
