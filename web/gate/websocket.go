package gate

import (
	"net/http"
	"slices"
	"strings"

	"sandbank/fault"
	"sandbank/web/host"
)

const webSocketVersion = "13" // RFC 6455

// Handshake refuses what is no WebSocket handshake for a subprotocol, or comes
// from a page of another origin than its own, public or as asked for, in words that a library would not find.
func Handshake(w http.ResponseWriter, r *http.Request, subprotocol, public string) error {
	if !slices.Contains(tokens(r.Header, "Upgrade"), "websocket") || r.Header.Get("Sec-WebSocket-Version") != webSocketVersion {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Sec-WebSocket-Version", webSocketVersion)
		return fault.New(fault.OtherProtocol, "websocket_expected", "What is here speaks WebSocket, version %s.", webSocketVersion).
			Hinting("Use a WebSocket client.")
	}
	if offered := tokens(r.Header, "Sec-WebSocket-Protocol"); len(offered) > 0 && !slices.Contains(offered, subprotocol) {
		return fault.New(fault.Invalid, "subprotocol_unknown", "None of the subprotocols is spoken here.").
			At("Sec-WebSocket-Protocol", "must have %s among its values", subprotocol)
	}
	if !host.FromOwnPage(r, public) {
		return fault.New(fault.Forbidden, "origin_foreign", "Pages of other origins may not connect.").
			At("Origin", "must be this server's own, or be left out, as programs other than browsers do")
	}
	// The library would compare it once more, and with Host alone.
	r.Header.Del("Origin")
	return nil
}

// tokens are the comma-separated values of a header, in lower case.
func tokens(h http.Header, name string) (list []string) {
	for _, line := range h.Values(name) {
		for token := range strings.SplitSeq(line, ",") {
			list = append(list, strings.ToLower(strings.TrimSpace(token)))
		}
	}
	return list
}
