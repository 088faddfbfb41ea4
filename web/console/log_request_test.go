package console_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"muster/models"
	"muster/models/store"
)

// Laid out line by line, each level of a body indents all below it: 5,000 levels would
// make a page of 50 MB.
func TestADeepBodyDoesNotSwellItsPage(t *testing.T) {
	s := newStand(t)
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	s.must(s.store.Keep(t.Context(), func(tx *store.Tx) error {
		return tx.AddExchanges([]models.Exchange{{
			OrganizationID: s.org.Key, RequestID: uuid.NewString(), At: tx.Now(), TokenID: s.token.ID, TokenName: s.token.Description,
			HTTPMethod: "POST", Path: "/scim/v2/Users", Status: 400, RequestBody: deep, Notes: []string{},
		}})
	}))
	b := s.as(models.Owner)
	href := b.open("/logs/requests").Find("tbody a").AttrOr("href", "")
	text := b.open(href).Find("main").Text()
	if !strings.Contains(text, "[[[[") || len(text) > 100_000 {
		t.Errorf("the page of a request with %d bytes holds %d", len(deep), len(text))
	}
}
