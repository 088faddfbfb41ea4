package console

import (
	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/session"
)

// safeguards are what an administrator set to keep a user.
func safeguards(u models.User, manage bool) []page.SafeguardModel {
	list := []page.SafeguardModel{
		{Title: "Protection", Text: "No directory may disable or delete this user.", On: u.Protected, Action: "/users/" + u.ID + "/protect", Turn: "Protect"},
		{Title: "Legal hold", Text: "The user is never purged, whatever the settings say.", On: u.LegalHold, Action: "/users/" + u.ID + "/hold", Turn: "Hold"},
	}
	return turned(list, manage)
}

// groupSafeguards are the same of a group, for all of its members.
func groupSafeguards(g models.Group, manage bool) []page.SafeguardModel {
	return turned([]page.SafeguardModel{{
		Title: "Protection", Text: "No directory may disable or delete a member of this group.", On: g.Protected,
		Action: "/groups/" + g.ID + "/protect", Turn: "Protect",
	}}, manage)
}

// turned gives each the button that turns it, for those who may.
func turned(list []page.SafeguardModel, manage bool) []page.SafeguardModel {
	for i := range list {
		list[i].Value = "yes"
		if list[i].On {
			list[i].Value, list[i].Turn = "no", map[string]string{"Protect": "Take away", "Hold": "End"}[list[i].Turn]
		}
		if !manage {
			list[i].Action = ""
		}
	}
	return list
}

func groupBadges(g models.Group) badges {
	list := badges{ui.MethodBadge(string(g.Mode))}
	if g.Protected {
		list = append(list, ui.Badge(ui.Neutral, "Protected"))
	}
	return list
}

func (k *Console) protectGroup(c echo.Context) error {
	on := c.FormValue("on") == "yes"
	if err := k.Directory.ProtectGroup(c.Request().Context(), session.Actor(c), c.Param("id"), on); err != nil {
		return err
	}
	text := "The group is protected: no directory may disable or delete its members."
	if !on {
		text = "The group is protected no more."
	}
	return k.done(c, "/groups/"+c.Param("id"), text)
}

func (k *Console) protectUser(c echo.Context) error {
	on := c.FormValue("on") == "yes"
	u, err := k.Directory.Protect(c.Request().Context(), session.Actor(c), c.Param("id"), on)
	if err != nil {
		return err
	}
	text := u.DisplayName + " is protected: no directory may disable or delete this user."
	if !on {
		text = u.DisplayName + " is protected no more."
	}
	return k.done(c, "/users/"+u.ID, text)
}

func (k *Console) holdUser(c echo.Context) error {
	on := c.FormValue("on") == "yes"
	u, err := k.Directory.HoldLegally(c.Request().Context(), session.Actor(c), c.Param("id"), on)
	if err != nil {
		return err
	}
	text := u.DisplayName + " is on legal hold and is never purged."
	if !on {
		text = u.DisplayName + " is on legal hold no more."
	}
	return k.done(c, "/users/"+u.ID, text)
}
