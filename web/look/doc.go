// Package look is the face that every page of Sandbank shares: one style sheet
// of custom properties, two small scripts, the icons, the words and shapes of a
// payment's status, and the HTML skeleton that pages hang their content on.
//
// It owns how things look and the headers that keep a page safe. It knows no
// payment, no bank and no route: pages hand it plain strings and times. The
// pages themselves live with their handlers in hostedpage, dashboard and shop.
//
//	templates of a page ──┐
//	                      ├─ Set.Render ── html ── browser ── Handler (css, js, svg)
//	layout of this package┘
//
// Pages carry no inline script and no inline style, so that the policy in
// [Policy] can forbid both.
package look
