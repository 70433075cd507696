package engine

import (
	"context"

	"github.com/chromedp/chromedp"
)

// ReboundHost is a name of another site that leads to this machine, for the browser alone.
const ReboundHost = "rebound.example"

// Chromium returns a context for chromedp in which each new browser is a private, headless
// Chromium with an empty profile, and a function that ends the browsers. Nothing is started until
// the first chromedp.Run.
//
// No browser started this way speaks to anyone on its own account.
func Chromium(ctx context.Context) (context.Context, context.CancelFunc, error) {
	path, err := ChromiumPath()
	if err != nil {
		return nil, nil, err
	}
	allocator, cancel := chromedp.NewExecAllocator(ctx, chromiumOptions(path)...)
	return allocator, cancel, nil
}

// ChromiumPath is the program of the system's Chromium. Its own headless shell comes first: the same engine with no windows, tabs
// and profile around it, which does the same work in half of the processor's time.
func ChromiumPath() (string, error) {
	for _, program := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		// Debian's wrapper of the shell stays beside what it starts, and would leave it behind.
		if path, err := find(program, program, "/usr/lib/chromium/chromium-headless-shell", "/usr/bin/"+program); err == nil {
			return path, nil
		}
	}
	return "", &MissingError{Program: "chromium", Package: "chromium-headless-shell"}
}

// chromiumOptions adds to chromedp's own defaults (headless, no sandbox as root, a fresh profile in
// a temporary folder, death with its parent) what keeps the browser quiet.
func chromiumOptions(path string) []chromedp.ExecAllocatorOption {
	return append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("host-resolver-rules", "MAP "+ReboundHost+" 127.0.0.1"),
	)
}
