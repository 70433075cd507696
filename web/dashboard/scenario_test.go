package dashboard

import (
	"net/http"
	"strings"
	"testing"

	"sandbank/scenario"
)

// A payment's page offers the payment as a scenario, which can be read.
func TestScenario_IsOfferedOnThePage(t *testing.T) {
	b := newBoard(t)
	p := b.Made()
	at := "/payments/" + p.ID + "/scenario"
	if _, page := b.get("/payments/" + p.ID); !strings.Contains(page, `href="`+at+`"`) {
		t.Errorf("the page has no link to %s", at)
	}
	code, file := b.get(at)
	list, err := scenario.Read("exported.yaml", func(string) ([]byte, error) { return []byte(file), nil })
	if code != http.StatusOK || err != nil || len(list) != 1 || !list[0].Start.Equal(p.CreatedAt) {
		t.Errorf("GET %s: expected a scenario that starts at %s, got %v\n%s", at, p.CreatedAt, err, file)
	}
	for _, id := range []string{"pay_01890a5d-ac96-774b-bcce-b302099a8057", "pay_", "pay_%00"} {
		if code, _ := b.get("/payments/" + id + "/scenario"); code != http.StatusNotFound {
			t.Errorf("GET /payments/%s/scenario: expected 404, got %d", id, code)
		}
	}
}
