package console

import (
	"github.com/labstack/echo/v4"

	"muster/models/directory"
	"muster/web/session"
)

// exportAttachments streams a part of the assistant as CSV.
func (k *Console) exportAttachments(c echo.Context) error {
	f, err := attachFilterOf(c, directory.AttachCounts{})
	if err != nil {
		return err
	}
	out := beginCSV(c, "attach-"+f.show+".csv")
	out.Row("userName", "displayName", "status", "standing", "knownFrom", "record", "sourceAnchor", "mapping", "profile", "why", "advice", "id")
	err = k.Directory.EachAttachment(c.Request().Context(), session.Actor(c).OrganizationID, f.query(), func(list []directory.Attachment) error {
		for _, a := range list {
			rule, profile := "", ""
			if a.Mapping != nil {
				rule = a.Mapping.Name
			}
			if a.Profile != nil {
				profile = a.Profile.Name
			}
			out.Row(a.User.UserName, a.User.DisplayName, string(a.User.Status), string(a.Standing), string(a.Basis), a.Record, a.Anchor, rule, profile, a.Why, a.Advice, a.User.ID)
		}
		return out.Flush()
	})
	if err != nil {
		return err
	}
	return out.Flush()
}
