package stripe

import (
	"encoding/json"
	"net/http"
	"strconv"

	"sandbank/audit"
	"sandbank/dialect/alias"
	"sandbank/dialect/stripe/object"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/payment/form"
	"sandbank/processor"
)

// Customers, products and prices are documents: this house has none of them, and keeps
// what was sent for this API alone.

var documentRoutes = []route{
	{method: http.MethodPost, path: "/v1/customers", needs: identity.WritePayments, action: audit.PaymentCreate, handle: creates(customers)},
	{method: http.MethodGet, path: "/v1/customers", needs: identity.ReadPayments, handle: lists(customers)},
	{method: http.MethodGet, path: "/v1/customers/{id}", needs: identity.ReadPayments, handle: reads(customers)},
	{method: http.MethodPost, path: "/v1/customers/{id}", needs: identity.WritePayments, action: audit.PaymentCreate, handle: updates(customers)},
	{method: http.MethodDelete, path: "/v1/customers/{id}", needs: identity.WritePayments, action: audit.PaymentCreate, handle: deletes(customers)},
	{method: http.MethodPost, path: "/v1/products", needs: identity.WritePayments, action: audit.PaymentCreate, handle: creates(products)},
	{method: http.MethodGet, path: "/v1/products", needs: identity.ReadPayments, handle: lists(products)},
	{method: http.MethodGet, path: "/v1/products/{id}", needs: identity.ReadPayments, handle: reads(products)},
	{method: http.MethodPost, path: "/v1/products/{id}", needs: identity.WritePayments, action: audit.PaymentCreate, handle: updates(products)},
	{method: http.MethodDelete, path: "/v1/products/{id}", needs: identity.WritePayments, action: audit.PaymentCreate, handle: deletes(products)},
	{method: http.MethodPost, path: "/v1/prices", needs: identity.WritePayments, action: audit.PaymentCreate, handle: creates(prices)},
	{method: http.MethodGet, path: "/v1/prices", needs: identity.ReadPayments, handle: lists(prices)},
	{method: http.MethodGet, path: "/v1/prices/{id}", needs: identity.ReadPayments, handle: reads(prices)},
	{method: http.MethodPost, path: "/v1/prices/{id}", needs: identity.WritePayments, action: audit.PaymentCreate, handle: updates(prices)},
}

// documentKind is one kind of documents. Fill puts what a request says into an object,
// which is new or as it was before.
type documentKind struct {
	name, prefix string
	fill         func(a *API, c *call, o object.Object, first bool) error
	narrow       []string // the parameters of a list that compare a member with a text
}

func customers() documentKind {
	return documentKind{"customer", "cus", fillCustomer, []string{"email"}}
}

func products() documentKind {
	return documentKind{"product", "prod", fillProduct, []string{"active", "url"}}
}

func prices() documentKind {
	return documentKind{"price", "price", fillPrice, []string{"active", "currency", "product", "type"}}
}

func (k documentKind) stored() string { return "stripe." + k.name }

// maxDocument bounds what is kept of a document, in bytes.
const maxDocument = 16 << 10

func creates(kind func() documentKind) func(*API, *call) (object.Object, error) {
	return func(a *API, c *call) (object.Object, error) { return a.createDocument(c, kind()) }
}

func (a *API) createDocument(c *call, k documentKind) (object.Object, error) {
	now := a.Clock.Now()
	id := alias.ID(k.prefix+"_", a.Processor.NewID(k.prefix, c.Merchant.ID))
	o := object.New(k.name).With(object.Object{"id": id, "created": now.Unix(), "metadata": c.words("metadata", map[string]string{})})
	if err := a.filled(c, k, o, true); err != nil {
		return nil, err
	}
	if method := c.text("payment_method"); method != "" && k.name == "customer" {
		if _, err := a.attached(c, method, id); err != nil {
			return nil, err
		}
	}
	_, err := a.Processor.KeepDocument(c.ctx, processor.Document{Kind: k.stored(), ID: id, Merchant: c.Merchant.ID, Body: object.Encode(o)})
	return o, err
}

// filled fills an object, and holds it to its size and to having no card number.
func (a *API) filled(c *call, k documentKind, o object.Object, first bool) error {
	if err := k.fill(a, c, o, first); err != nil {
		return err
	}
	if err := c.err(); err != nil {
		return err
	}
	problem := form.Problem()
	metadata, _ := o["metadata"].(map[string]string)
	if form.CheckMetadata(problem, "metadata", metadata); len(problem.Fields) > 0 {
		return problem
	}
	if text := object.Encode(o); len(text) > maxDocument {
		return invalid("", "", "The %s has %d bytes, and %d are kept at most.", k.name, len(text), maxDocument)
	}
	return nil
}

// document reads one that is not deleted, or says that it is.
func (a *API) document(c *call, k documentKind, id, param string) (o object.Object, err error) {
	d, err := a.Processor.Document(c.ctx, c.Merchant.ID, k.stored(), id)
	if fault.Is(err, fault.NotFound) {
		return nil, noSuch(k.name, id, param)
	}
	if err == nil {
		err = json.Unmarshal(d.Body, &o)
	}
	return o, err
}

func reads(kind func() documentKind) func(*API, *call) (object.Object, error) {
	return func(a *API, c *call) (object.Object, error) { return a.document(c, kind(), c.id(), "id") }
}

func updates(kind func() documentKind) func(*API, *call) (object.Object, error) {
	return func(a *API, c *call) (object.Object, error) { return a.updateDocument(c, kind()) }
}

func (a *API) updateDocument(c *call, k documentKind) (object.Object, error) {
	o, err := a.document(c, k, c.id(), "id")
	if err != nil {
		return nil, err
	}
	if o["deleted"] == true {
		return nil, noSuch(k.name, c.id(), "id")
	}
	o["metadata"] = c.words("metadata", textsOf(o["metadata"]))
	if err := a.filled(c, k, o, false); err != nil {
		return nil, err
	}
	return o, a.putDocument(c, k, o)
}

func (a *API) putDocument(c *call, k documentKind, o object.Object) error {
	_, err := a.Processor.ChangeDocument(c.ctx, c.Merchant.ID, k.stored(), c.id(), func(d processor.Document) (processor.Document, error) {
		d.Body = object.Encode(o)
		return d, nil
	})
	return err
}

// textsOf is a map of texts as it was kept.
func textsOf(v any) map[string]string {
	texts := map[string]string{}
	kept, _ := v.(map[string]any)
	for name, value := range kept {
		texts[name], _ = value.(string)
	}
	return texts
}

func deletes(kind func() documentKind) func(*API, *call) (object.Object, error) {
	return func(a *API, c *call) (object.Object, error) {
		k := kind()
		if _, err := a.document(c, k, c.id(), "id"); err != nil {
			return nil, err
		}
		gone := object.Object{"id": c.id(), "object": k.name, "deleted": true}
		return gone, a.putDocument(c, k, gone)
	}
}

func lists(kind func() documentKind) func(*API, *call) (object.Object, error) {
	return func(a *API, c *call) (object.Object, error) { return a.listDocuments(c, kind()) }
}

func (a *API) listDocuments(c *call, k documentKind) (object.Object, error) {
	pg := pager{window: c.window()}
	wanted := map[string]string{}
	for _, name := range k.narrow {
		if s := c.text(name); s != "" {
			wanted[name] = s
		}
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	err := a.documents(c, k, func(id string, show func() object.Object) bool {
		created, _ := show()["created"].(float64)
		return !fits(show(), wanted) || pg.take(id, int64(created), show)
	})
	if err != nil {
		return nil, err
	}
	return pg.done(c, k.name)
}

// fits reports whether members of an object are as wanted.
func fits(o object.Object, wanted map[string]string) bool {
	for name, want := range wanted {
		switch v := o[name].(type) {
		case string:
			if v != want {
				return false
			}
		case bool:
			if strconv.FormatBool(v) != want {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// put puts the texts of a request into an object; an empty one is none.
func (c *call) put(o object.Object, names ...string) {
	for _, name := range names {
		if !c.has(name) {
			continue
		}
		s := c.text(name)
		if bounded(c.params, name, s); s == "" {
			o[name] = nil
		} else {
			o[name] = s
		}
	}
}

func fillCustomer(_ *API, c *call, o object.Object, first bool) error {
	c.put(o, "name", "email", "phone", "description")
	if first {
		o["delinquent"], o["tax_exempt"], o["preferred_locales"], o["invoice_prefix"] = false, "none", []string{}, nil
		o["balance"] = 0
	}
	if c.has("preferred_locales") {
		o["preferred_locales"] = c.texts("preferred_locales")
	}
	for _, name := range []string{"address", "shipping"} {
		switch {
		case !c.has(name):
		case name == "shipping":
			o[name] = shippingOf(c.at(name))
		default:
			o[name] = addressOf(c.at(name))
		}
	}
	return nil
}

func fillProduct(a *API, c *call, o object.Object, first bool) error {
	if first {
		c.required("name")
		o["active"], o["type"] = true, "service"
	}
	c.put(o, "name", "description", "unit_label", "statement_descriptor", "url", "tax_code")
	o["active"] = c.yes("active", o["active"] == true)
	if o["updated"] = a.Clock.Now().Unix(); c.has("images") {
		o["images"] = c.texts("images")
	}
	if c.has("default_price") {
		o["default_price"] = c.text("default_price")
	}
	return nil
}

func fillPrice(a *API, c *call, o object.Object, first bool) error {
	c.put(o, "nickname", "lookup_key")
	o["active"] = c.yes("active", first || o["active"] == true)
	if !first {
		return nil
	}
	if c.has("recurring") {
		c.complain(invalid("parameter_invalid_choice", "recurring", "Sandbank has prices of one payment alone."))
	}
	amount := amountOf(c.params, "unit_amount", c.required("currency"))
	if err := c.err(); err != nil {
		return err
	}
	minor := object.Minor(amount)
	o.With(object.Object{
		"billing_scheme": "per_unit", "currency": object.Code(amount.Currency()), "tax_behavior": "unspecified", "type": "one_time", "unit_amount": minor, "unit_amount_decimal": strconv.FormatInt(minor, 10),
	})
	if data := c.at("product_data"); c.has("product_data") {
		inner := *c
		inner.params = data
		made, err := a.createDocument(&inner, products())
		if err != nil {
			return err
		}
		o["product"] = made["id"]
		return nil
	}
	id := c.required("product")
	if err := c.err(); err != nil {
		return err
	}
	product, err := a.document(c, products(), id, "product")
	if err == nil && product["deleted"] == true {
		err = noSuch("product", id, "product")
	}
	o["product"] = id
	return err
}

// priced is a line of a checkout by its price.
func (a *API) priced(c *call, item *params, l object.Line) object.Line {
	id := item.text("price")
	price, err := a.document(c, prices(), id, item.at("price").name)
	if err != nil {
		item.complain(err)
		return l
	}
	if price["active"] != true {
		item.complain(invalid("", item.at("price").name, "The price specified is inactive. This field only accepts active prices."))
	}
	amount, _ := price["unit_amount"].(float64)
	l.Currency, _ = price["currency"].(string)
	l.Product, _ = price["product"].(string)
	l.Amount, l.Price, l.Name = int64(amount), id, "Product"
	if product, err := a.document(c, products(), l.Product, "product"); err == nil {
		if name, ok := product["name"].(string); ok {
			l.Name = name
		}
		l.Description, _ = product["description"].(string)
	}
	return l
}
