package look

import (
	"maps"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var property = regexp.MustCompile(`--([a-z0-9-]+):\s*#([0-9a-f]{6});`)

// palette collects the colors that a block of the style sheet sets.
func palette(css string) map[string]string {
	colors := map[string]string{}
	for _, m := range property.FindAllStringSubmatch(css, -1) {
		colors[m[1]] = m[2]
	}
	return colors
}

// palettes are the six that people see: two schemes, and the shop's and the
// banks' own in each.
func palettes() map[string]map[string]string {
	split := func(css string) (light, dark map[string]string) {
		before, after, _ := strings.Cut(css, "@media (prefers-color-scheme: dark)")
		return palette(before), palette(after)
	}
	light, dark := split(string(mustRead("sandbank.css")))
	shopLight, shopDark := split(string(mustRead("style/shop.css")))
	bankLight, bankDark := split(string(mustRead("style/bank.css")))
	over := func(layers ...map[string]string) map[string]string {
		all := map[string]string{}
		for _, layer := range layers {
			maps.Copy(all, layer)
		}
		return all
	}
	return map[string]map[string]string{
		"light": light, "dark": over(light, dark),
		"shop light": over(light, shopLight), "shop dark": over(light, dark, shopDark),
		"bank light": over(light, bankLight), "bank dark": over(light, dark, bankLight, bankDark),
	}
}

func luminance(hex string) float64 {
	channel := func(i int) float64 {
		n, _ := strconv.ParseUint(hex[i:i+2], 16, 8)
		c := float64(n) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(0) + 0.7152*channel(2) + 0.0722*channel(4)
}

func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// TestPalette_Contrast holds WCAG 2.2 AA: 4.5:1 for text, 3:1 for the edges of
// controls and the ring of the focus.
func TestPalette_Contrast(t *testing.T) {
	text := map[string][]string{
		"ink": {"ground", "paper", "paper-2", "accent-wash"}, "muted": {"ground", "paper", "paper-2"},
		"accent": {"ground", "paper", "paper-2", "accent-wash"}, "on-accent": {"accent", "accent-deep"},
		"good": {"good-wash", "paper", "ground"}, "bad": {"bad-wash", "paper", "ground"}, "wait": {"wait-wash", "paper", "ground"},
		"busy": {"busy-wash", "paper"}, "quiet": {"quiet-wash", "paper"},
	}
	edges := map[string][]string{"edge": {"ground", "paper"}, "focus": {"ground", "paper", "paper-2", "bad-wash"}}
	for scheme, colors := range palettes() {
		check := func(pairs map[string][]string, least float64) {
			for front, backs := range pairs {
				for _, back := range backs {
					if got := contrast(colors[front], colors[back]); got < least {
						t.Errorf("%s: %s on %s is %.2f:1, want %.1f:1", scheme, front, back, got, least)
					}
				}
			}
		}
		check(text, 4.5)
		check(edges, 3)
	}
}
