package look

import "html/template"

// shapes are the icons, drawn on a 24 unit grid in strokes of the text's color.
// Every status has a shape of its own, so that color is never needed to tell.
var shapes = map[string]string{
	"dot":    `<circle cx="12" cy="12" r="3.5" fill="currentColor"/>`,
	"dashed": `<circle cx="12" cy="12" r="8.5" stroke-dasharray="3.4 3.3"/>`,
	"half":   `<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5a8.5 8.5 0 0 1 0 17z" fill="currentColor"/>`,
	"out":    `<path d="M14 4h6v6M20 4l-9 9M18 14v4.5a1.5 1.5 0 0 1-1.5 1.5h-11a1.5 1.5 0 0 1-1.5-1.5v-11A1.5 1.5 0 0 1 5.5 6H10"/>`,
	"lock":   `<rect x="5" y="10.5" width="14" height="10" rx="2"/><path d="M8.5 10.5V7.5a3.5 3.5 0 0 1 7 0v3"/>`,
	"unlock": `<rect x="5" y="10.5" width="14" height="10" rx="2"/><path d="M8.5 10.5V7a3.5 3.5 0 0 1 6.6-1.6"/>`,
	"check":  `<circle cx="12" cy="12" r="8.5"/><path d="m8 12.3 2.8 2.8L16 9.5"/>`,
	"cross":  `<path d="M8.2 3.5h7.6l4.7 4.7v7.6l-4.7 4.7H8.2l-4.7-4.7V8.2z"/><path d="m9 9 6 6m0-6-6 6"/>`,
	"alert":  `<path d="M12 4 2.8 20h18.4z"/><path d="M12 10v4.5M12 17.3v.1"/>`,
	"slash":  `<circle cx="12" cy="12" r="8.5"/><path d="m6.3 6.3 11.4 11.4"/>`,
	"moon":   `<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z"/>`,
	"back":   `<path d="M9 5 4 10l5 5M4 10h10.5a5.5 5.5 0 0 1 0 11H9"/>`,
	"card":   `<rect x="2.5" y="5" width="19" height="14" rx="2.5"/><path d="M2.5 9.7h19M6 15h4"/>`,
	"bank":   `<path d="m3 9.5 9-5.5 9 5.5zM5.5 10v7M10 10v7M14 10v7M18.5 10v7M3 20h18"/>`,
	"flask":  `<path d="M9.5 3h5M10.5 3v6.5L4.8 18.7A1.5 1.5 0 0 0 6.1 21h11.8a1.5 1.5 0 0 0 1.3-2.3L13.5 9.5V3M7.8 15h8.4"/>`,
	"arrow":  `<path d="M4 12h15.5M13.5 6l6 6-6 6"/>`,
	"copy":   `<rect x="8.5" y="8.5" width="12" height="12" rx="2"/><path d="M15.5 5.5v-.5a1.5 1.5 0 0 0-1.5-1.5H5A1.5 1.5 0 0 0 3.5 5v9A1.5 1.5 0 0 0 5 15.5h.5"/>`,
	"clock":  `<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5.2l3.4 2"/>`,
	"person": `<circle cx="12" cy="8" r="4"/><path d="M4 20.5a8 8 0 0 1 16 0"/>`,
	"world":  `<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c5 5 5 12 0 17-5-5-5-12 0-17z"/>`,
	"send":   `<path d="M21 3 3 10.5l7 3 3 7zM10 13.5 21 3"/>`,
	"inbox":  `<path d="M3.5 13.5 6 5h12l2.5 8.5V19h-17zM3.5 13.5H9a3 3 0 0 0 6 0h5.5"/>`,
	"book":   `<path d="M5 4h12.5A1.5 1.5 0 0 1 19 5.5V20H6.5A1.5 1.5 0 0 1 5 18.5zM5 17h14M9 8h6"/>`,
	"bell":   `<path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 21h4"/>`,
	"hook":   `<path d="M9 8.5a4 4 0 1 1 5.5 3.7l2.7 4.5M12 8l-3.5 6.5M8 15.5a3.5 3.5 0 1 0 3 5.2M17 16.5a2.5 2.5 0 1 1-2.5 4.2H10"/>`,
	"spark":  `<path d="M13 3 5 13.5h6L10 21l8-10.5h-6z"/>`,
	"search": `<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>`,
	"pause":  `<path d="M8.5 5v14M15.5 5v14"/>`,
	"tide":   `<path d="M2 9c2.5 0 2.5-2 5-2s2.5 2 5 2 2.5-2 5-2 2.5 2 5 2M2 14c2.5 0 2.5-2 5-2s2.5 2 5 2 2.5-2 5-2 2.5 2 5 2M2 19c2.5 0 2.5-2 5-2s2.5 2 5 2 2.5-2 5-2 2.5 2 5 2"/>`,
}

// logo is the mark: a sun going down behind two waves and a bank of sand.
const logo = `<svg class="logo" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false">` +
	`<rect class="logo-sky" width="32" height="32" rx="8"/><circle class="logo-sun" cx="16" cy="13" r="5.5"/>` +
	`<path class="logo-sea" d="M0 16c4 0 4-2 8-2s4 2 8 2 4-2 8-2 4 2 8 2v8a8 8 0 0 1-8 8H8a8 8 0 0 1-8-8z"/>` +
	`<path class="logo-sand" d="M0 23c6-4 14-4 19-1s9 2 13 0v2a8 8 0 0 1-8 8H8a8 8 0 0 1-8-8z"/></svg>`

// Icon is the named drawing, hidden from screen readers: words stand beside it.
// A name that is not known draws a dot.
func Icon(name string) template.HTML {
	if name == "logo" {
		return template.HTML(logo)
	}
	shape, ok := shapes[name]
	if !ok {
		shape = shapes["dot"]
	}
	return template.HTML(`<svg class="icon" viewBox="0 0 24 24" width="24" height="24" fill="none" ` +
		`stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" ` +
		`aria-hidden="true" focusable="false">` + shape + `</svg>`)
}
