package shop

import (
	"fmt"
	"net/http"

	"github.com/gorilla/mux"
)

func (s *Shop) frame() Frame { return Frame{Shop: s.Name, DashboardURL: s.ProcessorURL + "/"} }

func (s *Shop) catalog(w http.ResponseWriter, r *http.Request) {
	s.window(w, r, http.StatusOK, "")
}

// window draws the shelf, with what went wrong, if something did.
func (s *Shop) window(w http.ResponseWriter, r *http.Request, status int, wrong string) {
	v := CatalogView{Frame: s.frame(), Action: "/buy", CSRF: s.csrf(w, r), Banks: s.bankOptions(r.Context()), Error: wrong}
	for _, g := range goods() {
		v.Products = append(v.Products, g.view())
	}
	begin(w, status)
	s.rendered(RenderCatalog(w, v))
}

func (s *Shop) list(w http.ResponseWriter, _ *http.Request) {
	s.rendered(RenderOrders(w, s.ordersView("/orders/", false)))
}

// ordersView lists the orders; path is where each has its page.
func (s *Shop) ordersView(path string, office bool) OrdersView {
	v := OrdersView{Frame: s.frame(), Manual: s.ManualCapture}
	v.Office = office
	for _, o := range s.orders.newestFirst() {
		v.Orders = append(v.Orders, OrderLine{
			Number: o.number, URL: path + o.number, At: o.placedAt, What: fmt.Sprintf("%d × %s", o.quantity, o.good.name),
			Total: inWords(o.total), State: o.state,
		})
	}
	return v
}

// order shows one order. That a customer has come back proves nothing; it only
// makes the shop ask, if it does not hear soon.
func (s *Shop) order(w http.ResponseWriter, r *http.Request) {
	number := mux.Vars(r)["number"]
	if !validNumber(number) {
		s.notFound(w, r)
		return
	}
	s.orders.change(number, func(o *order) {
		if r.Method == http.MethodGet && o.visited(s.Clock.Now()) {
			s.rouse()
		}
	})
	o, ok := s.orders.get(number)
	if !ok {
		s.notFound(w, r)
		return
	}
	w.Header().Add("Vary", "Accept")
	if asksForJSON(r) {
		s.rendered(o.writeJSON(w))
		return
	}
	s.rendered(RenderOrder(w, o.view(s.frame(), s.ProcessorURL)))
}

func (s *Shop) notFound(w http.ResponseWriter, _ *http.Request) {
	s.notice(w, http.StatusNotFound, "There is nothing here", "The address may be incomplete, or the order may belong to an earlier run of the shop.")
}

func (s *Shop) notice(w http.ResponseWriter, status int, title, text string) {
	begin(w, status)
	s.rendered(RenderNotice(w, NoticeView{Frame: s.frame(), Title: title, Text: text}))
}

// begin starts a page whose status may not be 200.
func begin(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if status != http.StatusOK {
		w.WriteHeader(status)
	}
}

// rendered notes a page that could not be written: mostly a browser that left.
func (s *Shop) rendered(err error) {
	if err != nil {
		s.Log.Debug("a page was not written", "error", err)
	}
}
