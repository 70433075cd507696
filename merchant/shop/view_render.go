package shop

import (
	"embed"
	"io"
	"net/http"
	"sync"

	"sandbank/web/look"
)

//go:embed templates
var templates embed.FS

//go:embed art/*.svg
var art embed.FS

var pages = sync.OnceValue(func() *look.Set { return look.MustParse(templates) })

// ArtPath is the address of a product's drawing: "mug", "towel", "bucket", "kite".
func ArtPath(name string) string { return "/art/" + name + ".svg" }

// Art serves the drawings at /art/.
func Art() http.Handler {
	files := http.FileServerFS(art)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		files.ServeHTTP(w, r)
	})
}

// RenderCatalog writes the shop window.
func RenderCatalog(w io.Writer, v CatalogView) error { return pages().Render(w, "catalog", v) }

// RenderOrder writes one order.
func RenderOrder(w io.Writer, v OrderView) error { return pages().Render(w, "order", v) }

// RenderOrders writes the list of orders.
func RenderOrders(w io.Writer, v OrdersView) error { return pages().Render(w, "orders", v) }

// RenderOffice writes the back office's list of orders.
func RenderOffice(w io.Writer, v OrdersView) error { return pages().Render(w, "office", v) }

// RenderOfficeOrder writes one order in the back office.
func RenderOfficeOrder(w io.Writer, v OfficeOrderView) error {
	return pages().Render(w, "office-order", v)
}

// RenderNotice writes a page that stands in for one that cannot be shown.
func RenderNotice(w io.Writer, v NoticeView) error { return pages().Render(w, "notice", v) }
