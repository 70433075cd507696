package dashboard

import (
	"net/http"

	"sandbank/fault"
	"sandbank/identity"
	"sandbank/processor"
)

// who returns the viewer. A viewer whose role acts for one merchant sees the
// merchant's own things; other merchants' things look as if they did not exist.
func (d *Dashboard) who(r *http.Request) (identity.Principal, bool) {
	if d.Who == nil {
		return identity.Principal{Role: identity.RoleAdministrator}, true
	}
	return d.Who(r)
}

// reach returns the merchants whose things the viewer may see: a merchant's people
// see their own merchant's, staff see everybody's. Without a sign-in, no
// merchant's.
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

// may reports whether the viewer has a permission. A button without the permission
// is not shown.
func (d *Dashboard) may(r *http.Request, permission identity.Permission) bool {
	p, ok := d.who(r)
	return ok && p.May(permission)
}

// needs shows a page only to viewers with a permission.
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
