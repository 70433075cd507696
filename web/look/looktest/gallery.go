package looktest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sandbank/web/look"
)

// GalleryEnv names the directory that [Gallery] writes to. Serve that directory
// as the root of any file server to look at the pages.
const GalleryEnv = "SANDBANK_GALLERY"

// Gallery checks a page and, where [GalleryEnv] is set, keeps it as name
// ("checkout/review") together with the assets it asks for.
func Gallery(t *testing.T, name, html string) {
	t.Helper()
	Check(t, html)
	dir := os.Getenv(GalleryEnv)
	if dir == "" {
		return
	}
	look.EachAsset(func(path string, content []byte) { keep(t, dir, path, content) })
	keep(t, dir, name+".html", []byte(html))
}

func keep(t *testing.T, dir, path string, content []byte) {
	t.Helper()
	path = filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(path, "/")))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}
