package look

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// Prefix is where [Handler] is to be mounted.
const Prefix = "/look/"

//go:embed sandbank.css style/*.css script/*.js art/*.svg
var files embed.FS

// sheets are joined, in this order, into the one style sheet that is served:
// the shared properties and parts first, then what only one kind of page uses.
var sheets = []string{
	"sandbank.css",
	"style/form.css",
	"style/checkout.css",
	"style/logbook.css",
	"style/sequence.css",
	"style/stage.css",
	"style/rail.css",
	"style/sheet.css",
	"style/scenario.css",
	"style/present.css",
	"style/class.css",
	"style/shop.css",
	"style/bank.css",
	"style/door.css",
}

// bundle is every asset by the name it is served under, and one hash over all
// of them: an address never changes its content, so it may be cached forever.
type bundle struct {
	hash  string
	files map[string][]byte
}

var assets = sync.OnceValue(func() bundle {
	b := bundle{files: map[string][]byte{"sandbank.css": joinSheets()}}
	for _, pattern := range []string{"script/*.js", "art/*.svg"} {
		names, err := fs.Glob(files, pattern)
		if err != nil {
			panic(err) // the pattern is a constant
		}
		for _, name := range names {
			b.files[path.Base(name)] = mustRead(name)
		}
	}
	b.hash = hashOf(b.files)
	return b
})

func joinSheets() []byte {
	var all bytes.Buffer
	for _, name := range sheets {
		all.Write(mustRead(name))
		all.WriteByte('\n')
	}
	return all.Bytes()
}

// Sequence is the style sheet of a drawn sequence that is taken along as a file: the colors, and the
// rules of the drawing.
func Sequence() string {
	colors, _, _ := strings.Cut(string(mustRead("sandbank.css")), "*, *::before")
	return colors + string(mustRead("style/sequence.css"))
}

func mustRead(name string) []byte {
	content, err := files.ReadFile(name)
	if err != nil {
		panic(err) // the file is embedded: its absence is a build fault
	}
	return content
}

func hashOf(contents map[string][]byte) string {
	sum := sha256.New()
	for _, name := range sortedKeys(contents) {
		sum.Write([]byte(name))
		sum.Write(contents[name])
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}

// Path is the address of an asset: its content's hash stands in it.
func Path(name string) string { return Prefix + assets().hash + "/" + name }

// Stylesheet is the address of the one style sheet.
func Stylesheet() string { return Path("sandbank.css") }

// Handler serves the style sheet, the scripts and the drawings under [Prefix].
// A page from before an upgrade asks for an old hash; it gets today's file,
// which is then not to be cached.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, Prefix), "/")
		content, ok := assets().files[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		cache := "no-cache"
		if hash == assets().hash {
			cache = "public, max-age=31536000, immutable"
		}
		w.Header().Set("Cache-Control", cache)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
	})
}

// EachAsset calls do with the address and content of every asset, in order.
func EachAsset(do func(path string, content []byte)) {
	for _, name := range sortedKeys(assets().files) {
		do(Path(name), assets().files[name])
	}
}
