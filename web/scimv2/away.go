package scimv2

import (
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/scim"
	"muster/web/respond"
	"muster/web/session"
)

// awayEvery is how often a request is kept that is refused for the same token and reason:
// a directory that is locked out goes on for days.
const awayEvery = time.Minute

// away remembers when a refusal was last kept, by token and reason.
type away struct {
	mu   sync.Mutex
	kept map[string]time.Time
}

// due tells whether a refusal is to be kept now. There are as many keys as tokens have
// reasons.
func (a *away) due(key string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if last, ok := a.kept[key]; ok && now.Sub(last) < awayEvery && !now.Before(last) {
		return false
	}
	if a.kept == nil {
		a.kept = map[string]time.Time{}
	}
	a.kept[key] = now
	return true
}

// TurnedAway keeps a request that was refused for its token, without its body, so that
// whoever asks why nobody arrives any more finds it among the requests.
func (s *Server) TurnedAway(c echo.Context, t models.Token, refusal error) {
	e, ok := models.AsError(refusal)
	if !ok || e.Kind != models.Unauthorized && e.Kind != models.Forbidden {
		return
	}
	now := s.Now()
	if !s.away.due(t.ID+" "+e.Code, now) {
		return
	}
	visitor, status := session.Visitor(c), respond.Status(e.Kind)
	x := models.Exchange{Notes: []string{"Refused before it was read, so its body is not kept. Of such requests one a minute is."}}
	s.fill(c, &x)
	x.OrganizationID, x.TokenID, x.TokenName = t.OrganizationID, t.ID, t.Description
	x.RequestID, x.Address, x.Client = visitor.RequestID, visitor.Address, clip(visitor.Client, 300)
	x.At, x.Status = models.TimeOf(now), status
	if c.Request().Method != http.MethodHead {
		x.ResponseBody = kept(string(scim.Errorf(status, respond.ScimType(e), "%s", e.Error()).JSON()))
	}
	s.Recorder.Record(x)
}
